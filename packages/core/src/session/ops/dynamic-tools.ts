import { describeError, OctavoError } from '@octavo/base'
import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { checkDynamicTools } from '../../tools/dynamic/check-tools.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Takes the client's tools as a whole or not at all; the next step sees them, and calls that run go on. */
export async function dynamicTools(op: OpOf<'dynamicTools'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  try {
    checkDynamicTools(op.tools, parts.ports.extensions)
  } catch (error) {
    return {
      kind: 'refused',
      error: OctavoError.is(error) ? error : new RefusedError('invalid_settings', describeError(error), { cause: error }),
    }
  }
  return submitted.admit({ kind: 'applied' }, () => parts.tools.replaceDynamic(op.tools))
}
