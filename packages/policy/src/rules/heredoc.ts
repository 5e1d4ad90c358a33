import { isInstalledProgram } from '../command/program.ts'
import { shellCall, splitScript } from '../command/split.ts'

/** A command whose input stands in its own script. */
export interface HereCommand {
  readonly words: readonly string[]
  /** Nothing in the input is replaced by the shell. */
  readonly isLiteral: boolean
}

const START = /[ \t]<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"$`\\\n]+)"|([\w.-]+))[ \t]*\n/

/**
 * The one command of a script that is nothing but a plain command with one here-document; null for every other argv. Rules may speak of
 * it, but it is never plain: nothing that can be used again is made of it, and it is not known to be safe.
 */
export function hereCommand(argv: readonly string[]): HereCommand | null {
  const call = shellCall(argv)
  if (call?.kind !== 'posix' || !isInstalledProgram(call.program)) return null
  const script = call.script.trimStart()
  const start = START.exec(script)
  if (start === null) return null
  const [opening, dash, single, double, bare] = start
  const [command, ...more] = splitScript(script.slice(0, start.index)) ?? []
  if (command === undefined || more.length > 0) return null
  const lines = script.slice(start.index + opening.length).split('\n')
  const tag = single ?? double ?? bare ?? ''
  const end = lines.findIndex((line) => (dash === '-' ? line.replace(/^\t+/, '') : line) === tag)
  if (end === -1 || lines.slice(end + 1).some((line) => line.trim() !== '')) return null
  const isQuoted = bare === undefined
  return {
    words: command.words.map(({ text }) => text),
    isLiteral: isQuoted || !lines.slice(0, end).some((line) => /[$`\\]/.test(line)),
  }
}
