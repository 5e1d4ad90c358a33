import { basenameOf } from './program.ts'
import { scanCommands, type ScannedWords } from './scan.ts'

/** Shells within shells that are followed. */
const MAX_DEPTH = 8

/**
 * `forcedRemoval`: an `rm` that asks nobody. `tooComplex`: nested too deeply or too long to be looked through, so the worst is assumed.
 */
export type Danger = 'forcedRemoval' | 'tooComplex'

/**
 * What makes a command worth a question even inside a sandbox; null when nothing was found. It looks through `sudo`, `env`, `trap` and
 * shells with scripts, anywhere in them. The list is advice for the person asked: what confines a command is its sandbox.
 */
export function findDanger(argv: readonly string[]): Danger | null {
  return inCommand(argv, 0)
}

function inScript(script: string, depth: number): Danger | null {
  if (depth >= MAX_DEPTH) return 'tooComplex'
  const commands = scanCommands(script)
  if (commands === null) return 'tooComplex'
  for (const words of commands) {
    const danger = inCommand(words, depth)
    if (danger !== null) return danger
  }
  return null
}

function inCommand(command: ScannedWords, depth: number): Danger | null {
  const words = withoutLaunchers(command)
  const name = words[0] == null ? null : basenameOf(words[0])
  if (name === null) return null
  const rest = words.slice(1)
  if (name === 'rm') return isForced(rest) ? 'forcedRemoval' : null
  if (name === 'trap')
    return inKnown(
      rest.find((word) => word !== '--'),
      depth,
    )
  if (SHELLS.has(name)) {
    const flag = rest.findIndex((word) => word !== null && /^-[a-z]*c[a-z]*$/.test(word))
    return flag === -1 ? null : inKnown(rest[flag + 1], depth)
  }
  return null
}

const SHELLS: ReadonlySet<string> = new Set(['bash', 'sh', 'zsh', 'dash', 'ksh'])

function inKnown(script: string | null | undefined, depth: number): Danger | null {
  return script == null ? null : inScript(script, depth + 1)
}

/** `--force`, or an `f` among short options, before a lone `--`. */
function isForced(options: ScannedWords): boolean {
  const end = options.indexOf('--')
  const looked = end === -1 ? options : options.slice(0, end)
  return looked.some((word) => word !== null && (word === '--force' || /^-[A-Za-z]*f[A-Za-z]*$/.test(word)))
}

/** Options of the launchers that take the next word as their value. */
const SUDO_VALUES = /^(-[ugphCDRTUrt]|--(user|group|prompt|host|close-from|chdir|chroot|command-timeout|other-user|role|type))$/
const ENV_VALUES = /^(-[uC]|--(unset|chdir))$/
const ENV_SPLIT = /^(-S|--split-string)$/

/** What `sudo` and `env` run in the end; a loop, since they can be piled up without limit. */
function withoutLaunchers(command: ScannedWords): ScannedWords {
  let at = 0
  for (;;) {
    const program = command[at]
    const name = program == null ? null : basenameOf(program)
    if (name === 'sudo') at = afterOptions(command, at + 1, SUDO_VALUES)
    else if (name === 'env') {
      at = afterOptions(command, at + 1, ENV_VALUES)
      const option = command[at - 1]
      // `env -S 'words'` cuts its argument into words itself.
      if (option != null && ENV_SPLIT.test(option)) return [...(command[at] ?? '').split(/\s+/), ...command.slice(at + 1)]
    } else return command.slice(at)
  }
}

/** Assignments may stand among the options: some read them in any order, and here it is better to look too far. */
function afterOptions(command: ScannedWords, start: number, withValue: RegExp): number {
  for (let at = start; ; at += 1) {
    const option = command[at]
    if (option == null || (!option.startsWith('-') && !option.includes('='))) return at
    if (ENV_SPLIT.test(option)) return at + 1
    if (withValue.test(option)) at += 1
  }
}
