import { isRecord } from '@octavo/base'
import type { CollaborationMode, ThreadSettings } from '@octavo/protocol'
import type { TurnContextRecord } from '@octavo/protocol/rollout'

/**
 * What a resumed thread takes over from its last turn: model and effort, how it sounds and how it works with the user. Directory, sandbox and
 * approvals are the host's to say anew, so that a thread never brings wider rights along than the one who resumes it has.
 */
export function settingsOfContext(context: TurnContextRecord | null): Partial<ThreadSettings> {
  if (context === null) return {}
  const personality = context['personality']
  const collaborationMode = modeOf(context['collaboration_mode'])
  return {
    model: context.model,
    ...(typeof context.effort === 'string' ? { effort: context.effort } : {}),
    ...(personality === 'friendly' || personality === 'pragmatic' ? { personality } : {}),
    ...(collaborationMode === null ? {} : { collaborationMode }),
  }
}

/** Null for a mode that this build does not know. */
function modeOf(value: unknown): CollaborationMode | null {
  if (!isRecord(value) || (value['mode'] !== 'default' && value['mode'] !== 'plan')) return null
  const settings = isRecord(value['settings']) ? value['settings'] : {}
  const instructions = settings['developer_instructions']
  return { mode: value['mode'], instructions: typeof instructions === 'string' && instructions !== '' ? instructions : null }
}
