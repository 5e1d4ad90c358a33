import type { Admission, OpOf, PendingRequest } from '@octavo/protocol'
import { isAnswer } from '../../asking/answer-value.ts'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Who answered by an op, as `request.resolved` tells it. */
const BY_CLIENT = 'client'

/** Settles a pending request; the first answer counts. What is no answer of its kind leaves it open. */
export async function answer(op: OpOf<'answer'>, submitted: Submitted, { requests }: ThreadParts): Promise<Admission> {
  const open = find(op, requests.list())
  const data = { requestId: op.requestId }
  if (open === null || open.payload.kind !== op.kind) {
    const why = open === null ? 'is not open' : `asks for ${open.payload.kind}, not ${op.kind}`
    return { kind: 'refused', error: new RefusedError('unknown_request', `request ${op.requestId} ${why}`, { data }) }
  }
  if (!isAnswer(op.kind, op.value)) {
    const error = new RefusedError('invalid_answer', `the value for request ${op.requestId} is no answer to ${op.kind}`, { data })
    return { kind: 'refused', error }
  }
  return submitted.admit(
    { kind: 'applied' },
    () => void requests.answer(open.id, op.kind, op.value, { by: BY_CLIENT, cause: submitted.id }),
  )
}

/** By its id; older clients name the turn, which is clear while it asks one question. */
function find({ requestId, kind }: OpOf<'answer'>, open: readonly PendingRequest[]): PendingRequest | null {
  const named = open.find(({ id }) => id === requestId)
  if (named !== undefined || kind !== 'userInput') return named ?? null
  const [only, another] = open.filter(({ turnId, payload }) => payload.kind === 'userInput' && turnId === (requestId as string))
  return another === undefined ? (only ?? null) : null
}
