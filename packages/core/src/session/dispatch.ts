import type { Admission, IdGenerator, Op, OpOf, OpType, SubmissionId, TurnId } from '@octavo/protocol'
import type { SubmitOptions } from '../thread/thread.ts'
import { answer } from './ops/answer.ts'
import { injectItems } from './ops/inject-items.ts'
import { interrupt } from './ops/interrupt.ts'
import { settings } from './ops/settings.ts'
import { steer } from './ops/steer.ts'
import { userInput } from './ops/user-input.ts'
import type { ThreadParts } from './thread-parts.ts'

/** A submission as the loop hands it to its op. */
export interface Submitted {
  readonly id: SubmissionId
  readonly idWasGiven: boolean
  readonly options: SubmitOptions
  /** The id of the turn it starts: its own, unless the caller named the submission. */
  turnIdFor(ids: IdGenerator): TurnId
  /** Tells the admission first, then runs what it causes. */
  admit(admission: Admission, effects: () => void): Admission
}

type Handler<K extends OpType> = (op: OpOf<K>, submitted: Submitted, parts: ThreadParts) => Promise<Admission>

const HANDLERS: { readonly [K in Exclude<OpType, 'shutdown'>]: Handler<K> } = {
  userInput,
  steer,
  interrupt,
  answer,
  settings,
  injectItems,
  async cleanTerminals(_op, _submitted, parts) {
    await parts.terminals.close(0)
    return { kind: 'applied' }
  },
}

/** Hands an op to its function. An op returns its admission; one with effects tells it itself, before them. */
export async function dispatch(
  op: Exclude<Op, { readonly type: 'shutdown' }>,
  submitted: Submitted,
  parts: ThreadParts,
): Promise<Admission> {
  // The table is keyed by the op's own type.
  const handler = HANDLERS[op.type] as Handler<typeof op.type>
  return await handler(op as OpOf<typeof op.type>, submitted, parts)
}
