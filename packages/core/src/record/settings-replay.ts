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
    ...effortOf(context),
    ...(personality === 'friendly' || personality === 'pragmatic' ? { personality } : {}),
    ...(collaborationMode === null ? {} : { collaborationMode }),
  }
}

/** None was chosen where the mode says so; a file that says nothing leaves it to the host. */
function effortOf({ effort, collaboration_mode: mode }: TurnContextRecord): Pick<ThreadSettings, 'effort'> | null {
  if (typeof effort === 'string') return { effort }
  const isNone = isRecord(mode) && isRecord(mode['settings']) && mode['settings']['reasoning_effort'] === null
  return isNone ? { effort: null } : null
}

/** Null for a mode that this build does not know. */
function modeOf(value: unknown): CollaborationMode | null {
  if (!isRecord(value) || (value['mode'] !== 'default' && value['mode'] !== 'plan')) return null
  const settings = isRecord(value['settings']) ? value['settings'] : {}
  const instructions = settings['developer_instructions']
  return { mode: value['mode'], instructions: typeof instructions === 'string' && instructions !== '' ? instructions : null }
}
