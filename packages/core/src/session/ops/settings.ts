import { describeError, OctavoError } from '@octavo/base'
import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Takes an override as a whole or not at all; the next turn uses it. */
export async function settings(op: OpOf<'settings'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  try {
    const next = parts.settings.preview(op.settings)
    return submitted.admit({ kind: 'applied' }, () => {
      parts.settings.commit(next, op.settings)
      parts.recorder.emit({ type: 'thread.settings', settings: next }, { turnId: null, cause: submitted.id })
    })
  } catch (error) {
    return {
      kind: 'refused',
      error: OctavoError.is(error) ? error : new RefusedError('invalid_settings', describeError(error), { cause: error }),
    }
  }
}
