import { formatTruncated } from '@octavo/base'
import type { TerminalOutput } from '@octavo/extension-api'
import type { TerminalId } from '@octavo/protocol'
import { exitCodeOf } from './exit-code.ts'

export interface ExecReport {
  /** Six hexadecimal digits. */
  readonly chunkId: string
  readonly wallTimeMs: number
  readonly terminalId: TerminalId
  readonly output: TerminalOutput
  readonly limitTokens: number
}

/** What the model reads after a command ran or was looked at. The lines and their order are fixed by what models were trained on. */
export function formatExec({ chunkId, wallTimeMs, terminalId, output, limitTokens }: ExecReport): string {
  const { exit, omittedBytes, totalBytes } = output
  const text = formatTruncated(textOf(output), { mode: 'tokens', limit: limitTokens }, { omittedBytes, totalBytes })
  return [
    `Chunk ID: ${chunkId}`,
    `Wall time: ${(wallTimeMs / 1000).toFixed(4)} seconds`,
    exit === null ? `Process running with session ID ${terminalId}` : `Process exited with code ${exitCodeOf(exit)}`,
    `Original token count: ${Math.ceil(totalBytes / 4)}`,
    'Output:',
    text,
  ].join('\n')
}

/** Head and tail as text, with a marker between them where bytes were let go. What is not UTF-8 becomes U+FFFD. */
function textOf({ head, tail, omittedBytes }: TerminalOutput): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  if (omittedBytes > 0) return `${decoder.decode(head)}\n... ${omittedBytes} bytes omitted ...\n${decoder.decode(tail)}`
  return decoder.decode(head, { stream: true }) + decoder.decode(tail)
}
