import { isResync, type JsonValue, type Thread, type TurnResult, type UserInput } from 'octavo'
import type { Surface } from './surface.ts'

export interface TurnRequest {
  readonly input: readonly UserInput[]
  readonly outputSchema?: JsonValue
  /** Interrupts the turn. */
  readonly stop: AbortSignal
}

/** Runs one turn and shows everything the thread has told since it was loaded, until the turn has ended. */
export async function runTurn(
  thread: Thread,
  { input, stop, ...options }: TurnRequest,
  surface: Pick<Surface, 'show'>,
): Promise<TurnResult> {
  const { epoch } = thread.snapshot().cursor
  const turn = await thread.run(input, { ...options, signal: stop })
  for await (const delivery of thread.events({ after: { epoch, seq: 0 } })) {
    if (isResync(delivery)) continue // nothing is told twice; a surface only goes on from there
    surface.show(delivery)
    const { type } = delivery.event
    if (type === 'thread.closed' || (type === 'turn.completed' && delivery.turnId === turn.id)) break
  }
  return await turn.done
}
