import type { Admission, Op, OpOf, OpType } from '@octavo/protocol'
import { answer } from './ops/answer.ts'
import { compact } from './ops/compact.ts'
import { dynamicTools } from './ops/dynamic-tools.ts'
import { hold } from './ops/hold.ts'
import { injectItems } from './ops/inject-items.ts'
import { interrupt } from './ops/interrupt.ts'
import { review } from './ops/review.ts'
import { settings } from './ops/settings.ts'
import { steer } from './ops/steer.ts'
import { userInput } from './ops/user-input.ts'
import { userShell } from './ops/user-shell.ts'
import type { Submitted } from './submitted.ts'
import type { ThreadParts } from './thread-parts.ts'

type Handler<K extends OpType> = (op: OpOf<K>, submitted: Submitted, parts: ThreadParts) => Promise<Admission>

const HANDLERS: { readonly [K in Exclude<OpType, 'shutdown'>]: Handler<K> } = {
  userInput,
  steer,
  interrupt,
  answer,
  settings,
  injectItems,
  compact,
  review,
  userShell,
  dynamicTools,
  hold,
  async cleanTerminals(_op, submitted, { scope, terminals }) {
    // Ends them beside the loop, which must stay open for what comes meanwhile.
    return submitted.admit({ kind: 'applied' }, () => void scope.spawn('clean terminals', () => terminals.endAll(0)))
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
