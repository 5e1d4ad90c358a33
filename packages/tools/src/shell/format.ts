import { truncateMiddle } from '@octavo/base'

export interface ShellReport {
  readonly exitCode: number
  readonly wallTimeMs: number
  /** What the command printed, with a first line of our own when it was killed. */
  readonly text: string
  readonly limitTokens: number
}

/** What the model reads after a command has ended. The lines and their order are fixed by what models were trained on. */
export function formatShell({ exitCode, wallTimeMs, text, limitTokens }: ShellReport): string {
  const shown = truncateMiddle(text, { mode: 'tokens', limit: limitTokens })
  const lines = countLines(text)
  return [
    `Exit code: ${exitCode}`,
    `Wall time: ${Math.round(wallTimeMs / 100) / 10} seconds`,
    ...(countLines(shown) === lines ? [] : [`Total output lines: ${lines}`]),
    'Output:',
    shown,
  ].join('\n')
}

export function formatTimeout(elapsedMs: number, text: string): string {
  return `command timed out after ${Math.round(elapsedMs)} milliseconds\n${text}`
}

export function formatSignal(signal: string, text: string): string {
  return `execution error: the command was ended by signal ${signal}\n${text}`
}

/** The words for a call that was cut; at least a tenth of a second is told. */
export function formatAborted(elapsedMs: number): string {
  return `Wall time: ${Math.max(0.1, elapsedMs / 1000).toFixed(1)} seconds\naborted by user`
}

/** A line break at the end adds no line. */
function countLines(text: string): number {
  if (text === '') return 0
  let lines = text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
