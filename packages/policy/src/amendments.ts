import type { Authority } from '@octavo/extension-api'
import type { PolicyAmendment } from '@octavo/protocol'
import { findDanger } from './command/dangerous.ts'
import { basenameOf, isInstalledProgram } from './command/program.ts'
import { isSafeCommand } from './command/safe.ts'
import { shellCall } from './command/split.ts'
import { isWritable } from './rules/append.ts'
import type { Ruling, Segment } from './rules/ruling.ts'
import type { CommandClass } from './tables.ts'

/**
 * The rules that may be offered with a question about a command: the one the model suggests, when it would allow every command of the
 * line; without a suggestion the first command that the question is about, in all its words. None for what is opaque, for what a rule
 * spoke of already, for programs that run others, and for words that the shell replaces.
 */
export function amendmentsFor(
  argv: readonly string[],
  { segments, held }: Ruling,
  { authority, found }: { readonly authority: Authority; readonly found: CommandClass },
): readonly PolicyAmendment[] {
  const call = shellCall(argv)
  if (segments === null || held !== null || authority.level === 'additional' || (call !== null && !isInstalledProgram(call.program)))
    return []
  const suggested = authority.prefixRule
  if (suggested.length > 0) return segments.every((segment) => beginsWith(segment, suggested)) ? offer(suggested) : []
  const asked = segments.find((segment) => isAsked(segment, found))
  return asked === undefined || asked.words.some(({ expands }) => expands) ? [] : offer(asked.text)
}

function offer(prefix: readonly string[]): readonly PolicyAmendment[] {
  return isTooWide(prefix) || !isWritable(prefix) ? [] : [{ kind: 'commandPrefix', prefix }]
}

function beginsWith({ words }: Segment, prefix: readonly string[]): boolean {
  return prefix.length <= words.length && prefix.every((text, index) => words[index]?.text === text && !words[index].expands)
}

/** Is it this command that made the line one to ask about? */
function isAsked({ words, text }: Segment, found: CommandClass): boolean {
  if (found === 'dangerous') return findDanger(text) !== null
  return found === 'other' ? !isSafeCommand(words) : true
}

/**
 * True for prefixes that would allow everything, because what they begin runs other programs: interpreters and shells alone or with the
 * option for a script, launchers, and a few programs that need their subcommand. Exactly these words: `git push` is no such prefix.
 */
export function isTooWide(prefix: readonly string[]): boolean {
  const [program, ...rest] = prefix
  if (program === undefined) return true
  const name = basenameOf(program).replace(/\.(exe|cmd|bat|com)$/i, '')
  const row = ROWS.find(({ programs }) => programs.test(name))
  return row !== undefined && (rest.length === 0 || row.with.includes(rest.join(' ')))
}

const ROWS: readonly { readonly programs: RegExp; readonly with: readonly string[] }[] = [
  { programs: /^(bash|sh|zsh|dash|ksh|fish)$/, with: ['-c', '-lc', '-ic', '-l', '-s'] },
  { programs: /^(python|pypy)[\d.]*$|^(py|pyw|pythonw)$/, with: ['-', '-c', '-3', '-m', '-3 -c'] },
  { programs: /^(node|nodejs|deno|bun)$/, with: ['-', '-e', '--eval', '-p', '--print', 'eval', 'run'] },
  { programs: /^(perl|ruby|lua|julia|Rscript|php)[\d.]*$/, with: ['-', '-e', '-E', '-r'] },
  { programs: /^(npm|pnpm|yarn)$/, with: ['run', 'exec'] },
  { programs: /^(pwsh|powershell)$/i, with: ['-Command', '-c', '-EncodedCommand', '-NoProfile', '-NoProfile -Command'] },
  { programs: /^cmd$/i, with: ['/c', '/C', '/k', '/s /c'] },
  { programs: /^osascript$/, with: ['-e', '-l'] },
  { programs: /^(env|sudo|doas|su|xargs|nohup|nice|time|timeout|exec|eval|command|busybox|npx|bunx|uvx|find|ssh|git|rm)$/, with: ['--'] },
]
