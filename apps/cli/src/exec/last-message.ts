import { writeFileSync } from 'node:fs'
import { describeError } from 'octavo'
import { printable } from '../render/style.ts'

/** Writes the final message as it is. A file that cannot be written is told and changes no exit code: the turn is done. */
export function writeLastMessage(file: string, message: string | null): void {
  try {
    writeFileSync(file, message ?? '')
    if (message === null) process.stderr.write(`Warning: no last agent message; wrote empty content to ${printable(file)}\n`)
  } catch (error) {
    process.stderr.write(`octavo: cannot write the last message to ${printable(`${file}: ${describeError(error)}`)}\n`)
  }
}
