import type { ProcessChunk } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'
import type { Flow } from '../output.ts'

/** A started program: what differs between pipes and a pseudo terminal. It leads a process group of its own. */
export interface Child extends Flow {
  readonly pid: number
  /** Settles when the program has ended, whoever else still holds its output. Never rejects. */
  readonly exited: Promise<ExitSummary>
  /** Settles when all output has been delivered. Never rejects. */
  readonly outputEnded: Promise<void>
  /** Settles when nothing more will be reported. Never rejects. */
  readonly reportEnded: Promise<void>
  /** What came over the report descriptor so far. */
  report(): string
  /** Begins the delivery of output. Called once, right after the start. */
  read(onChunk: (chunk: ProcessChunk) => void): void
  /** Resolves when the bytes are queued. @throws StdinError */
  write(bytes: Uint8Array): Promise<void>
  /** True when ^C is a character to write. */
  readonly hasLineDiscipline: boolean
  /** Lets go of everything this process holds of it. */
  close(): void
}

/** Input beyond this is not queued for a program that does not read. */
export const MAX_QUEUED_INPUT_BYTES: number = 1024 * 1024
