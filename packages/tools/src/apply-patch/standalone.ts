import { raceSignal, throwIfCancelled } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { FileSystem } from '@octavo/extension-api'
import { applyPatch } from './apply.ts'
import { isPatchError } from './error.ts'
import type { PatchError } from './error.ts'
import { summarize } from './format.ts'
import { parsePatch } from './parse.ts'
import type { Patch } from './patch.ts'
import { decodeUtf8 } from './utf8.ts'

export interface StandaloneInvocation {
  /** Arguments after the program's name: none or one patch. Bytes where the host can tell what they were before decoding. */
  readonly argv: readonly (string | Uint8Array)[]
  /** Read to the end when there is no argument. */
  readonly stdin: () => Promise<Uint8Array>
  /** Relative paths start here; nothing confines them. */
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  readonly signal: AbortSignal
  /** How the program was called, for the usage lines. Default `apply_patch`. */
  readonly program?: string
}

export interface StandaloneOutcome {
  readonly stdout: string
  readonly stderr: string
  /** 0 applied, 1 failed, 2 called wrongly. */
  readonly exitCode: 0 | 1 | 2
}

/**
 * The patch tool as a program of its own: no model, no policy, nothing compared beforehand, so one patch may touch a file several times.
 * On failure standard output stays empty, and hunks before the failing one stay applied.
 *
 * @throws CancelledError when the signal aborts
 */
export async function runStandalone(invocation: StandaloneInvocation): Promise<StandaloneOutcome> {
  throwIfCancelled(invocation.signal)
  const text = await raceSignal(patchText(invocation), invocation.signal)
  if (typeof text !== 'string') return text
  let patch: Patch
  try {
    patch = parsePatch(text)
  } catch (error) {
    if (!isPatchError(error)) throw error
    return failure(1, describeParseError(error))
  }
  if (patch.environmentId !== null) {
    return failure(1, `Invalid patch: it is for environment '${patch.environmentId}', and this program knows only its own directory`)
  }
  if (patch.hunks.length === 0) return failure(1, 'No files were modified.')
  const result = await applyPatch(patch, invocation)
  return result.failure === null ? { stdout: summarize(result.applied), stderr: '', exitCode: 0 } : failure(1, result.failure.message)
}

async function patchText({ argv, stdin, program = 'apply_patch' }: StandaloneInvocation): Promise<string | StandaloneOutcome> {
  const [argument] = argv
  if (argv.length > 1) return failure(2, 'Error: apply_patch accepts exactly one argument.')
  if (typeof argument === 'string') return argument
  if (argument !== undefined) {
    try {
      return decodeUtf8(argument)
    } catch {
      return failure(1, 'Error: apply_patch requires a UTF-8 PATCH argument.')
    }
  }
  const bytes = await stdin()
  if (bytes.length === 0) return failure(2, `Usage: ${program} PATCH\n       ${program} < PATCH-FILE`)
  try {
    return decodeUtf8(bytes)
  } catch {
    return failure(1, 'Error: Failed to read PATCH from stdin.\nstream did not contain valid UTF-8')
  }
}

function describeParseError({ code, message, data }: PatchError): string {
  return code === 'invalid_hunk' ? `Invalid patch hunk on line ${String(data['line'])}: ${message}` : `Invalid patch: ${message}`
}

function failure(exitCode: 1 | 2, message: string): StandaloneOutcome {
  return { stdout: '', stderr: `${message}\n`, exitCode }
}
