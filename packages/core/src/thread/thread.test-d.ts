import type { EventEnvelope, EventOf, TurnItem, TurnSummary } from '@octavo/protocol'
import { expectTypeOf, test } from 'vitest'
import type { RunOptions, Thread } from './thread.ts'

declare const thread: Thread

test('a listener has the event of its type', () => {
  expectTypeOf(() =>
    thread.on('turn.completed', (event, envelope) => {
      expectTypeOf(event.turn).toEqualTypeOf<TurnSummary>()
      expectTypeOf(envelope).toEqualTypeOf<EventEnvelope>()
    }),
  ).returns.toEqualTypeOf<Disposable>()
  expectTypeOf<EventOf<'item.started'>['item']>().toEqualTypeOf<TurnItem>()
  // @ts-expect-error: there is no such event
  expectTypeOf(() => thread.on('turn.exploded', () => {})).toBeFunction()
})

test('an override is absent, null where there can be none, or a value', () => {
  expectTypeOf<RunOptions['settings']>().exclude(undefined).toHaveProperty('effort').toEqualTypeOf<string | null | undefined>()
  expectTypeOf(() => thread.run('go', { settings: { effort: null, model: 'm' } })).toBeFunction()
  // @ts-expect-error: a thread has a model
  expectTypeOf(() => thread.run('go', { settings: { model: null } })).toBeFunction()
  // @ts-expect-error: an answer is of the kind it answers
  expectTypeOf(() => thread.submit({ type: 'answer', requestId: 'r' as never, kind: 'userInput', value: 7 })).toBeFunction()
})
