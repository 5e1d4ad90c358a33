import { basenameOf, isSystemProgram, isInstalledProgram } from './program.ts'
import { shellCall, splitCommands } from './split.ts'
import type { Word } from './tokenize.ts'

type Condition = (options: readonly string[], words: readonly Word[]) => boolean

/**
 * True when every command of an argv is known to read only, so that nobody needs to be asked where all else is asked about.
 * It still runs in the sandbox: the list says what a program does, not which file stands behind its name.
 */
export function isKnownSafe(argv: readonly string[]): boolean {
  const call = shellCall(argv)
  if (call !== null && !isInstalledProgram(call.program)) return false
  const commands = splitCommands(argv)
  return commands !== null && commands.length > 0 && commands.every(({ words }) => isSafeCommand(words))
}

/** One plain command; see {@link isKnownSafe}. A program counts by a bare name or from `/bin` and `/usr/bin` only. */
export function isSafeCommand(words: readonly Word[]): boolean {
  const [program, ...rest] = words
  if (program === undefined || !isSystemProgram(program.text)) return false
  const name = basenameOf(program.text)
  if (READ_ONLY.has(name)) return true
  const condition = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined
  if (condition === undefined) return false
  // A glob that may match a name beginning with `-` could put in any option.
  if (rest.some(({ text, expands }) => expands && /^[*?[-]/.test(text))) return false
  return condition(
    rest.map(({ text }) => text),
    rest,
  )
}

const READ_ONLY: ReadonlySet<string> = new Set(
  'cat cd cut echo expr false grep head id ls nl numfmt paste pwd rev seq stat tac tail tr true uname wc which whoami'.split(' '),
)

const FIND_ACTIONS: ReadonlySet<string> = new Set('-exec -execdir -ok -okdir -delete -fls -fprint -fprint0 -fprintf'.split(' '))

const CONDITIONS: Readonly<Record<string, Condition>> = {
  base64: (options) => !options.some((option) => isLong(option, ['--output']) || hasFlag(option, 'o', 'bw')),
  find: (options) => !options.some((option) => FIND_ACTIONS.has(option)),
  git: isSafeGit,
  rg: (options) =>
    !options.some((option) => isLong(option, ['--pre', '--hostname-bin', '--search-zip']) || hasFlag(option, 'z', 'ABCdEefgjMmrTt')),
  sed: ([quiet, script = '', file, ...more], words) =>
    quiet === '-n' && /^\d+(,\d+)?p$/.test(script) && more.length === 0 && !(file ?? '').startsWith('-') && words[2]?.expands !== true,
  // Its second operand is the file it writes.
  uniq: (options, words) => !words.some(({ expands }) => expands) && countOperands(options) <= 1,
}

/** Long options of git that write, or run another program, in their full spelling. */
const GIT_OUTPUT = ['--output', '--ext-diff', '--textconv', '--exec']
/** Global options that change nothing but the output; all others are refused. */
const GIT_GLOBAL: ReadonlySet<string> = new Set(['--no-pager', '--no-optional-locks', '--no-replace-objects'])
const GIT_READERS: ReadonlySet<string> = new Set(['status', 'log', 'diff', 'show', 'branch'])
const BRANCH_READERS = /^(--list|-l|--show-current|-a|--all|-r|--remotes|-v|-vv|--verbose|--format=.*)$/s

function isSafeGit(options: readonly string[]): boolean {
  const at = options.findIndex((option) => !option.startsWith('-'))
  const subcommand = options[at]
  if (subcommand === undefined || !GIT_READERS.has(subcommand)) return false
  if (!options.slice(0, at).every((option) => GIT_GLOBAL.has(option))) return false
  const rest = options.slice(at + 1)
  if (rest.some((option) => isLong(option, GIT_OUTPUT))) return false
  return subcommand !== 'branch' || rest.every((option) => BRANCH_READERS.test(option))
}

/**
 * At most how many operands there are: `-` is one, all behind `--` are, and outside GNU so is all behind the first. The value of an
 * option that stands by itself is counted too.
 */
function countOperands(options: readonly string[]): number {
  const first = options.findIndex((option) => option === '-' || option === '--' || !option.startsWith('-'))
  if (first === -1) return 0
  return options.length - first - (options[first] === '--' ? 1 : 0)
}

/** True for one of `names`, with or without a value, and for any beginning of one, since many programs take options abbreviated. */
function isLong(option: string, names: readonly string[]): boolean {
  const [name = ''] = option.split('=', 1)
  return name.length > 2 && name.startsWith('--') && names.some((full) => full.startsWith(name))
}

/** True when a cluster of short options holds `flag`. Letters `withValue` take the rest of the cluster as their value. */
function hasFlag(option: string, flag: string, withValue: string): boolean {
  if (!/^-[^-]/.test(option)) return false
  for (const letter of option.slice(1)) {
    if (letter === flag) return true
    if (withValue.includes(letter)) return false
  }
  return false
}
