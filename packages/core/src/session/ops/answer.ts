import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Who answered by an op, as `request.resolved` tells it. */
const BY_CLIENT = 'client'

/** Settles a pending request; the first answer counts. */
export async function answer(op: OpOf<'answer'>, submitted: Submitted, { requests }: ThreadParts): Promise<Admission> {
  const open = requests.list().find(({ id }) => id === op.requestId)
  if (open === undefined || open.payload.kind !== op.kind) {
    const why = open === undefined ? 'is not open' : `asks for ${open.payload.kind}, not ${op.kind}`
    return {
      kind: 'refused',
      error: new RefusedError('unknown_request', `request ${op.requestId} ${why}`, { data: { requestId: op.requestId } }),
    }
  }
  return submitted.admit(
    { kind: 'applied' },
    () => void requests.answer(op.requestId, op.kind, op.value, { by: BY_CLIENT, cause: submitted.id }),
  )
}
