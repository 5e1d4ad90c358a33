import { basenameOf } from './program.ts'
import { shellCall } from './split.ts'

/** A patch found in a command line. `cwd` is the directory it changes to first, as written; null for none. */
export interface EmbeddedPatch {
  readonly raw: string
  readonly cwd: string | null
}

/**
 * The patch that is the whole of a command: `apply_patch BODY` as an argv, or a shell whose script is exactly
 * `apply_patch <<TAG … TAG` or `cd DIR && apply_patch <<TAG … TAG`. Null for everything else, which then runs as a command: a second
 * statement, another redirection, a pipe, another `cd`.
 *
 * Whether the body is a patch is not looked at. DIR is a plain word or stands in quotes without expansions; a body under an unquoted
 * tag is taken as it stands, since a patch means its `$` literally.
 */
export function findPatch(argv: readonly string[]): EmbeddedPatch | null {
  const [program, body, ...more] = argv
  if (program === undefined || body === undefined) return null
  if (more.length === 0 && isPatchProgram(basenameOf(program))) return { raw: body, cwd: null }
  const call = shellCall(argv)
  return call === null ? null : inScript(call.script)
}

function isPatchProgram(name: string): boolean {
  return name === 'apply_patch' || name === 'applypatch'
}

const CHANGE_DIRECTORY = /cd[ \t]+(?:'([^'\n]*)'|"([^"$`\\\n]*)"|([\w./,:@%+=-]+))[ \t]*&&\s*/y
const START = /apply_?patch[ \t]*<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|([^\s'"`$\\<>()&|;#]+))[ \t]*\n/y

function inScript(script: string): EmbeddedPatch | null {
  let at = script.length - script.trimStart().length
  CHANGE_DIRECTORY.lastIndex = at
  const change = CHANGE_DIRECTORY.exec(script)
  const cwd = change === null ? null : (change[1] ?? change[2] ?? change[3] ?? '')
  if (cwd?.startsWith('-')) return null
  if (change !== null) at += change[0].length
  START.lastIndex = at
  const start = START.exec(script)
  if (start === null) return null
  const tag = start[2] ?? start[3] ?? start[4] ?? ''
  const stripsTabs = start[1] === '-'
  const lines = script.slice(at + start[0].length).split('\n')
  const bare = stripsTabs ? lines.map((line) => line.replace(/^\t+/, '')) : lines
  const end = bare.indexOf(tag)
  if (end === -1 || bare.slice(end + 1).some((line) => line.trim() !== '')) return null
  return { raw: bare.slice(0, end).join('\n').replace(/\n+$/, ''), cwd }
}
