import { AbsolutePath } from 'octavo'
import { applyPatchHere } from 'octavo/local'
import type { Command } from '../main.ts'
import { printable } from '../render/style.ts'

/** Applies one patch to the current directory. */
export const applyPatch: Command = async (argv) => {
  const [first] = argv
  if (argv.length === 1 && (first === '--help' || first === '-h')) {
    process.stdout.write((await import('./help.ts')).helpFor('apply-patch') ?? '')
    return 0
  }
  const { stdout, stderr, exitCode } = await applyPatchHere({
    argv,
    stdin: readStdin,
    cwd: AbsolutePath.from(process.cwd()),
    signal: new AbortController().signal, // a signal ends the process; what was written stays
    program: 'octavo apply-patch',
  })
  process.stdout.write(process.stdout.isTTY ? printable(stdout) : stdout)
  process.stderr.write(printable(stderr))
  return exitCode
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
