import { OctavoError } from '@octavo/base'

export type SandboxErrorCode = 'sandbox_unavailable' | 'sandbox_unenforceable' | 'sandbox_journal'

/** Why a command could not be confined. It is then not run. */
export class SandboxError extends OctavoError {
  declare readonly code: SandboxErrorCode
}
