import { basenameOf } from './program.ts'
import { type Connector, tokenize, type Word } from './tokenize.ts'

/** One simple command, at least one word long. */
export interface PlainCommand {
  readonly words: readonly Word[]
  /** What joins it to the command before it; null for the first. */
  readonly connector: Connector | null
}

/** A call of a shell with a script: `[shell, flag, script]` and nothing else. */
export interface ShellCall {
  readonly program: string
  readonly kind: 'posix' | 'powershell' | 'cmd'
  readonly flag: string
  readonly script: string
}

/** Words that begin something other than a simple command. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    '! case coproc do done elif else end esac fi for foreach function if in repeat select then time until while ' +
    'nocorrect noglob always typeset declare export local readonly let unset unsetenv'
  ).split(' '),
)

/**
 * The plain commands of an argv, in order: those of the script in `[bash|sh|zsh, -c|-lc, script]`, else the argv itself as one command.
 * Null when the script is not wholly plain (see {@link tokenize}) or the argv is empty: then nothing is known of it.
 */
export function splitCommands(argv: readonly string[]): readonly PlainCommand[] | null {
  const call = shellCall(argv)
  if (call?.kind === 'posix') return splitScript(call.script)
  // A shell called in any other way may read a script from anywhere.
  if (argv.length === 0 || isShell(argv[0] ?? '')) return null
  return [{ words: argv.map((text) => ({ text, quoted: false, expands: false })), connector: null }]
}

/** The plain commands of a script; null as {@link splitCommands}. One `;` may end it. */
export function splitScript(script: string): readonly PlainCommand[] | null {
  const tokens = tokenize(script)
  if (tokens === null) return null
  const commands: PlainCommand[] = []
  let words: Word[] = []
  let connector: Connector | null = null
  for (const token of tokens) {
    if (token.kind === 'word') {
      words.push(token.word)
      continue
    }
    if (!isSimple(words)) return null
    commands.push({ words, connector })
    words = []
    connector = token.connector
  }
  if (words.length === 0) return connector === ';' ? commands : null
  if (!isSimple(words)) return null
  return [...commands, { words, connector }]
}

/** A name in plain sight: not quoted, expanded, assigned or reserved. */
function isSimple(words: readonly Word[]): boolean {
  const name = words[0]
  return (
    name !== undefined &&
    !name.quoted &&
    !name.expands &&
    !name.text.includes('=') &&
    !/[\]^#@%]|^-$/.test(name.text) &&
    !RESERVED.has(name.text)
  )
}

/** Recognises a shell with a script, whatever path the shell has; null for every other argv. */
export function shellCall(argv: readonly string[]): ShellCall | null {
  const [program = '', ...rest] = argv
  const name = basenameOf(program)
    .toLowerCase()
    .replace(/\.exe$/, '')
  const script = rest.at(-1)
  if (script === undefined) return null
  const flags = rest.slice(0, -1)
  const flag = flags.join(' ')
  if (/^(bash|sh|zsh)$/.test(name) && (flag === '-c' || flag === '-lc')) return { program, kind: 'posix', flag, script }
  if (/^(pwsh|powershell)$/.test(name) && /^(-noprofile )?-command$/i.test(flag)) return { program, kind: 'powershell', flag, script }
  if (name === 'cmd' && /^\/c$/i.test(flag)) return { program, kind: 'cmd', flag, script }
  return null
}

function isShell(program: string): boolean {
  return /^(bash|sh|zsh|dash|ksh|fish|pwsh|powershell|cmd)(\.exe)?$/i.test(basenameOf(program))
}
