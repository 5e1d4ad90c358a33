import { throwIfCancelled } from '@octavo/base'
import type { CommandSpec, PreparedCommand, Sandbox } from '@octavo/extension-api'
import { SandboxError } from './sandbox-error.ts'

/**
 * Stands where no sandbox works. Commands that need none run as they are; one that must be confined is refused, never run open.
 *
 * @param reason what is missing and how to get it, in one line without a final stop
 */
export function createUnavailableSandbox(reason: string): Sandbox {
  return {
    kind: 'none',
    probe: async (signal) => {
      throwIfCancelled(signal)
      return { kind: 'none', working: false, reason }
    },
    prepare: async (command, grant, signal) => {
      throwIfCancelled(signal)
      if (grant.enforcement === 'none') return asIs(command)
      throw new SandboxError('sandbox_unavailable', `no working sandbox: ${reason}`)
    },
    classify: () => null,
  }
}

/** The command unchanged, with nothing to clean up. */
export function asIs(spec: CommandSpec): PreparedCommand {
  return { spec, signalTarget: () => null, [Symbol.asyncDispose]: async () => {} }
}
