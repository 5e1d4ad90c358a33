import { isResync, type JsonValue, type ReviewTarget, type Thread, type TurnId, type TurnResult, type UserInput } from 'octavo'
import type { Surface } from './surface.ts'

/** Input for the model, or something to be reviewed. `stop` interrupts the turn. */
export type TurnRequest =
  | { readonly input: readonly UserInput[]; readonly outputSchema?: JsonValue; readonly stop: AbortSignal }
  | { readonly review: ReviewTarget; readonly stop: AbortSignal }

/** Runs one turn and shows everything the thread has told since it was loaded, until the turn has ended. */
export async function runTurn(thread: Thread, request: TurnRequest, surface: Pick<Surface, 'show'>): Promise<TurnResult> {
  const { epoch } = thread.snapshot().cursor
  const { id, done } = 'review' in request ? await startReview(thread, request) : await startInput(thread, request)
  for await (const delivery of thread.events({ after: { epoch, seq: 0 } })) {
    if (isResync(delivery)) continue // nothing is told twice; a surface only goes on from there
    surface.show(delivery)
    const { type } = delivery.event
    if (type === 'thread.closed' || (type === 'turn.completed' && delivery.turnId === id)) break
  }
  return await done
}

interface Started {
  readonly id: TurnId
  readonly done: Promise<TurnResult>
}

async function startInput(
  thread: Thread,
  { input, stop, ...options }: Extract<TurnRequest, { readonly input: unknown }>,
): Promise<Started> {
  return await thread.run(input, { ...options, signal: stop })
}

async function startReview(thread: Thread, { review, stop }: Extract<TurnRequest, { readonly review: unknown }>): Promise<Started> {
  const ended = Promise.withResolvers<TurnResult>()
  // Listening before it is asked for: nothing of the turn can be missed.
  thread.on('turn.completed', ({ turn, lastMessage, error, unused }) => {
    const status = turn.status === 'completed' || turn.status === 'interrupted' ? turn.status : 'failed'
    ended.resolve({ status, lastMessage, error, usage: thread.snapshot().usage.total, unused })
  })
  const admission = await thread.submit({ type: 'review', target: review }).admitted
  if (admission.kind === 'refused') throw admission.error
  if (admission.kind !== 'started') throw new Error(`a review of a thread at rest was ${admission.kind}`)
  const interrupt = (): void => void thread.submit({ type: 'interrupt' })
  if (stop.aborted) interrupt()
  else stop.addEventListener('abort', interrupt, { once: true })
  return { id: admission.turnId, done: ended.promise }
}
