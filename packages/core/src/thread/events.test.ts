import { isResync } from '@octavo/protocol'
import type { Delivery, EventEnvelope, ItemId, ThreadEvent, ThreadSnapshot } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { EventStream } from './events.ts'

const clock = { now: () => 1, monotonic: () => 1, sleep: async () => {} }
const snapshot = (): ThreadSnapshot => ({ threadId: 't' }) as unknown as ThreadSnapshot

function stream(ringBytes = 262_144): { events: EventStream; emit: (event: ThreadEvent) => EventEnvelope } {
  const events = new EventStream('epoch', clock, ringBytes)
  return {
    events,
    emit(event) {
      const envelope = events.stamp(event, { turnId: null, cause: null })
      events.deliver(envelope)
      return envelope
    },
  }
}

const warning = (message: string): ThreadEvent => ({ type: 'warning', code: 'w', message, source: null })
const delta = (text: string): ThreadEvent => ({ type: 'item.delta', itemId: 'i' as ItemId, part: { kind: 'text', index: 0 }, delta: text })

async function take(iterable: AsyncIterable<Delivery>, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of iterable) {
    taken.push(delivery)
    if (taken.length === count) break
  }
  return taken
}

test('a cursor the ring still covers replays exactly, then live events follow', async () => {
  const { events, emit } = stream()
  for (const text of ['a', 'b', 'c']) emit(warning(text))
  const reader = events.subscribe({ after: { epoch: 'epoch', seq: 1 } }, snapshot)
  emit(warning('d'))
  const seqs = (await take(reader, 3)).map((delivery) => (isResync(delivery) ? 'resync' : delivery.seq))
  expect(seqs).toEqual([2, 3, 4])
})

test.each([
  ['of another epoch', { epoch: 'earlier', seq: 1 }],
  ['from the future', { epoch: 'epoch', seq: 99 }],
])('a cursor %s gets one resync', async (_name, after) => {
  const { events, emit } = stream()
  emit(warning('a'))
  const [first] = await take(events.subscribe({ after }, snapshot), 1)
  expect(first).toEqual({ type: 'resync', from: after, snapshot: { threadId: 't' } })
})

test('a cursor behind what left the ring gets one resync, a later one replays', async () => {
  const { events, emit } = stream(1_000)
  for (let index = 0; index < 50; index += 1) emit(warning(`message ${index}`))
  const [old] = await take(events.subscribe({ after: { epoch: 'epoch', seq: 1 } }, snapshot), 1)
  const [recent] = await take(events.subscribe({ after: { epoch: 'epoch', seq: 49 } }, snapshot), 1)
  expect(isResync(old as Delivery)).toBe(true)
  expect(recent).toMatchObject({ seq: 50 })
})

test('deltas leave the ring before lifecycle events', async () => {
  const { events, emit } = stream(2_000)
  for (let index = 0; index < 40; index += 1) emit(delta('x'.repeat(50)))
  emit(warning('kept'))
  for (let index = 0; index < 3; index += 1) emit(delta('y'.repeat(50)))
  const replayed = await take(events.subscribe({ after: { epoch: 'epoch', seq: 40 } }, snapshot), 4)
  expect(replayed.map((delivery) => (isResync(delivery) ? 'resync' : delivery.event.type))).toEqual([
    'warning',
    'item.delta',
    'item.delta',
    'item.delta',
  ])
})

test('a slow reader gets every lifecycle event, and merged deltas name their range without a hole (F4, R13)', async () => {
  const { events, emit } = stream()
  const reader = events.subscribe({}, snapshot)
  for (let index = 0; index < 2_000; index += 1) emit(index % 100 === 0 ? warning(`${index}`) : delta('d'))
  events.close()
  let nextSeq = 1
  let text = 0
  let warnings = 0
  for await (const delivery of reader) {
    if (isResync(delivery)) throw new Error('a live reader is never resynced')
    expect(delivery.firstSeq).toBe(nextSeq)
    nextSeq = delivery.seq + 1
    if (delivery.event.type === 'item.delta') text += delivery.event.delta.length
    else warnings += 1
  }
  expect({ nextSeq, text, warnings }).toEqual({ nextSeq: 2_001, text: 1_980, warnings: 20 })
})

test('a listener that throws disturbs neither the others nor the readers', () => {
  const { events, emit } = stream()
  const heard: string[] = []
  const failures: string[] = []
  events.on(
    'turn.diff',
    () => {
      throw new Error('mine')
    },
    (message) => failures.push(message),
  )
  events.on(
    'turn.diff',
    ({ unified }) => heard.push(unified),
    () => {},
  )
  emit({ type: 'turn.diff', unified: 'diff' })
  expect({ heard, failures }).toEqual({ heard: ['diff'], failures: ['a listener for turn.diff threw: mine'] })
})
