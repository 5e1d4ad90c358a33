import type { SandboxDenial, SandboxGrant } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'

/** What a shell makes of a process that a system call filter killed: 128 + SIGSYS. */
const filteredExitCode = 159

const fileSystemWords = ['read-only file system', 'permission denied', 'operation not permitted', 'landlock', 'failed to write file']
const otherWords = ['seccomp', 'sandbox']

/**
 * A guess, since a sandbox reports its refusals to the command only, as ordinary errors. A command that prints such words for reasons
 * of its own is taken for denied, so nobody may widen a grant on this alone.
 */
export function classifyDenial(exit: ExitSummary & { readonly output: string }, grant: SandboxGrant): SandboxDenial | null {
  if (grant.enforcement === 'none' || exit.code === 0) return null
  if (exit.code === filteredExitCode || exit.signal === 'SIGSYS') return { kind: 'unknown', reason: 'a system call was refused' }
  if (exit.code === null) return null
  const output = exit.output.toLowerCase()
  const said = (words: readonly string[]): string | undefined => words.find((word) => output.includes(word))
  const fileSystem = said(fileSystemWords)
  if (fileSystem !== undefined) return { kind: 'fileSystem', reason: `the command was told "${fileSystem}"` }
  const other = said(otherWords)
  return other === undefined ? null : { kind: 'unknown', reason: `the command printed "${other}"` }
}
