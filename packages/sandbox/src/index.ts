export { createUnavailableSandbox } from './none.ts'
export { SandboxError, type SandboxErrorCode } from './sandbox-error.ts'
export { selectSandbox, type SelectSandboxOptions } from './select.ts'
