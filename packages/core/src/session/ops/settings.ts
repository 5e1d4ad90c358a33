import { OctavoError } from '@octavo/base'
import type { Admission, OpOf } from '@octavo/protocol'
import { checkedSettings } from '../checked-settings.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Takes an override as a whole or not at all; the next turn uses it. */
export async function settings(op: OpOf<'settings'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const next = checkedSettings(op.settings, parts)
  if (OctavoError.is(next)) return { kind: 'refused', error: next }
  return submitted.admit({ kind: 'applied' }, () => {
    parts.settings.commit(next, op.settings)
    parts.recorder.emit({ type: 'thread.settings', settings: next }, { turnId: null, cause: submitted.id })
  })
}
