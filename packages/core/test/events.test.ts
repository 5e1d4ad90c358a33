import { isResync } from '@octavo/protocol'
import type { EventEnvelope, Projection, ThreadSnapshot } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { Hosts } from './fakes/family.ts'
import { added, calls, completed, done, gate, message, saying, says, text } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

test('thread.configured is the first event of an epoch, and events are numbered without a hole (F8)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work', { immediate: true })] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  await tick()
  expect(watched.events[0]?.event).toMatchObject({ type: 'thread.configured', snapshot: { resumed: false, status: { kind: 'idle' } } })
  expect(watched.events.map(({ seq, firstSeq }) => [seq, firstSeq])).toEqual(watched.events.map((_event, index) => [index + 1, index + 1]))
})

test('what a listener causes comes after what it heard, for readers and for other listeners', async () => {
  await using world = new World()
  const watched = await world.start()
  const heard: string[] = []
  watched.thread.on('turn.started', () => {
    throw new Error('mine')
  })
  watched.thread.on('warning', () => void heard.push('warning'))
  watched.thread.on('turn.started', () => void heard.push('turn.started'))
  await world.finish((await watched.thread.run('one')).done)
  await tick()
  expect(heard).toEqual(['turn.started', 'warning'])
  expect(watched.events.map(({ seq }) => seq)).toEqual(watched.events.map((_event, index) => index + 1))
  expect(watched.types().slice(2, 4)).toEqual(['turn.started', 'warning'])
})

test('a listener that begins to read gets each event once', async () => {
  await using world = new World()
  const watched = await world.start()
  const read: number[] = []
  watched.thread.on('turn.started', (_event, { epoch, seq }) => {
    const events = watched.thread.events({ after: { epoch, seq: seq - 1 } })
    void (async () => {
      for await (const delivery of events) if (!isResync(delivery)) read.push(delivery.seq)
    })()
  })
  await world.finish((await watched.thread.run('one')).done)
  await tick()
  expect(read).toEqual(Array.from(read, (_seq, index) => index + (read[0] ?? 0)))
  expect(read[read.length - 1]).toBe(watched.thread.snapshot().cursor.seq)
})

/** What a client shows: texts of items, by deltas or by the completed item. */
const TEXTS: Projection<ReadonlyMap<string, string>, never> = {
  start: (snapshot: ThreadSnapshot) => new Map(snapshot.openItems.map((item) => [item.id, 'text' in item ? item.text : ''])),
  next(state, { event }: EventEnvelope) {
    const next = new Map(state)
    if (event.type === 'item.started') next.set(event.item.id, 'text' in event.item ? event.item.text : '')
    if (event.type === 'item.delta') next.set(event.itemId, (next.get(event.itemId) ?? '') + event.delta)
    if (event.type === 'item.completed') next.delete(event.item.id)
    return [next, []]
  },
}

test('a projection that starts in the middle of a message, from a snapshot, shows what one from the beginning does (R12)', async () => {
  const [middle, end] = [gate(), gate()]
  await using world = new World({
    scripts: [
      [
        added(0, message('')),
        text(0, 'Once '),
        text(0, 'upon '),
        middle,
        text(0, 'a time'),
        end,
        done(0, message('Once upon a time')),
        completed(),
      ],
    ],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('tell')
  await tick()
  const snapshot = watched.thread.snapshot()
  expect(snapshot).toMatchObject({
    status: { kind: 'active' },
    turn: { id: handle.id, status: 'running' },
    openItems: [{ type: 'agentMessage', text: 'Once upon ' }],
  })
  middle.resolve()
  await tick()
  const late = watched.events.filter(({ seq }) => seq > snapshot.cursor.seq)
  let [fromStart, fromMiddle] = [TEXTS.start({ ...snapshot, openItems: [] }), TEXTS.start(snapshot)]
  for (const envelope of watched.events) [fromStart] = TEXTS.next(fromStart, envelope)
  for (const envelope of late) [fromMiddle] = TEXTS.next(fromMiddle, envelope)
  expect([...fromMiddle.values()]).toEqual(['Once upon a time'])
  expect(fromMiddle).toEqual(fromStart)
  end.resolve()
  await world.finish(handle.done)
})

test('reasoning that is still being thought is in the snapshot by its parts', async () => {
  const held = gate()
  await using world = new World({
    scripts: [
      [
        added(0, { type: 'reasoning', summary: [] }),
        { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 0, delta: 'First' },
        { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 2, delta: 'Third' },
        { type: 'reasoning.raw.delta', itemIndex: 0, partIndex: 0, delta: 'secret' },
        held,
        completed(),
      ],
    ],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('think')
  await tick()
  expect(watched.thread.snapshot().openItems).toMatchObject([{ type: 'reasoning', summary: ['First', '', 'Third'], raw: [] }])
  held.resolve()
  await world.finish(handle.done)
  expect(watched.of('item.completed').slice(-1)).toMatchObject([{ withdrawn: true, item: { summary: ['First', '', 'Third'] } }])
})

test('an item that turns out to be something else is withdrawn and begins anew (I9)', async () => {
  await using world = new World({
    scripts: [[{ type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 0, delta: 'hm' }, ...saying('hello').slice(3), completed()]],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  await tick()
  const told = watched.events.flatMap(({ event }) =>
    event.type === 'item.started' || event.type === 'item.completed' ? [[event.type, event.item.type]] : [],
  )
  expect(told.slice(2)).toEqual([
    ['item.started', 'reasoning'],
    ['item.completed', 'reasoning'],
    ['item.started', 'agentMessage'],
    ['item.completed', 'agentMessage'],
  ])
})

test('the handle of a turn gives its own events only, as often as it is iterated', async () => {
  await using world = new World({ scripts: [says('one'), says('two')] })
  const watched = await world.start()
  const [first, second] = [await watched.thread.run('a'), await watched.thread.run('b')]
  await world.finish(second.done)
  for (const handle of [first, second, first]) {
    const events: EventEnvelope[] = []
    for await (const envelope of handle) events.push(envelope)
    expect(events.every(({ turnId }) => turnId === handle.id)).toBe(true)
    expect([events[0]?.event.type, events[events.length - 1]?.event.type]).toEqual(['turn.started', 'turn.completed'])
  }
})

test('reading ends with the thread, also for who begins afterwards', async () => {
  const world = new World()
  const watched = await world.start()
  const { epoch } = watched.thread.snapshot().cursor
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  const read: string[] = []
  for await (const delivery of watched.thread.events({ after: { epoch, seq: 0 } }))
    read.push(isResync(delivery) ? 'resync' : delivery.event.type)
  expect(read).toEqual(['thread.configured', 'thread.closed'])
  expect(watched.thread.snapshot().status).toEqual({ kind: 'closed' })
})

test('what a listener causes when it hears of the end of a turn is no part of that turn (R10)', async () => {
  const hosts = new Hosts()
  await using world = new World({ scripts: [says('one')], extensions: [hosts.extension] })
  const watched = await world.start()
  watched.thread.on('turn.completed', () => hosts.of(watched.thread.id).warn('heard'))
  await world.finish((await watched.thread.run('hello')).done)
  const at = watched.events.findIndex(({ event }) => event.type === 'turn.completed')
  expect(watched.events.slice(at, at + 2).map(({ event, turnId }) => [event.type, turnId !== null])).toEqual([
    ['turn.completed', true],
    ['warning', false],
  ])
})
