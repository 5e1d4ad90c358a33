import type { AbsolutePath } from '@octavo/base'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { runStandalone, type StandaloneOutcome } from '@octavo/tools/apply-patch'
import { createLocalWorkspace } from '@octavo/workspace/local'

export interface ApplyPatchRequest {
  /** Arguments of the program: none or one patch. */
  readonly argv: readonly string[]
  /** Read to the end when there is no argument. */
  readonly stdin: () => Promise<Uint8Array>
  readonly cwd: AbsolutePath
  readonly signal: AbortSignal
  /** How the program was called, for its usage lines. */
  readonly program: string
}

/** Applies a patch to files of this machine, as a program of its own: nobody is asked and nothing confines it. */
export async function applyPatchHere(request: ApplyPatchRequest): Promise<StandaloneOutcome> {
  await using workspace = createLocalWorkspace({
    cwd: request.cwd,
    sandbox: createUnavailableSandbox('a patch starts no process'),
    environment: new Map(),
    strip: [],
  })
  return await runStandalone({ ...request, files: workspace.files })
}
