import type { EventEnvelope } from './events/envelope.ts'
import type { ThreadSnapshot } from './events/snapshot.ts'

/** A surface: state and outputs from envelopes alone. Pure: it asks nobody, and the same envelopes give the same outputs. */
export interface Projection<State, Out> {
  start(snapshot: ThreadSnapshot): State
  next(state: State, envelope: EventEnvelope): readonly [State, readonly Out[]]
}
