import type { ThreadSettings } from '@octavo/protocol'
import type { TurnContextRecord } from '@octavo/protocol/rollout'

/**
 * What a resumed thread takes over from its last turn: model and effort. Directory, sandbox and approvals are the host's to say
 * anew, so that a thread never brings wider rights along than the one who resumes it has.
 */
export function settingsOfContext(context: TurnContextRecord | null): Partial<ThreadSettings> {
  if (context === null) return {}
  return { model: context.model, ...(typeof context.effort === 'string' ? { effort: context.effort } : {}) }
}
