import type { Admission, OpOf } from '@octavo/protocol'
import { admitSteer } from '../admit.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Input for one named turn, while it runs. */
export async function steer(op: OpOf<'steer'>, submitted: Submitted, { slot, known }: ThreadParts): Promise<Admission> {
  const verdict = admitSteer(op.expectedTurnId, op.items.length === 0, slot.active?.turnId ?? null)
  if (verdict.verdict !== 'steer')
    return { kind: 'refused', error: (verdict as Extract<typeof verdict, { readonly verdict: 'refuse' }>).error }
  slot.active?.inbox.push({ kind: 'input', items: op.items, cause: submitted.id })
  known.noteSubmission(submitted.id)
  return { kind: 'steered', turnId: verdict.turnId }
}
