import { Deferred } from '@octavo/base'
import type { CommandExecutionTurnItem, EventEnvelope, TerminalId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ALLOW, ASK, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, says } from './fakes/model.ts'
import { DENIAL, FakeTool, terminalTool } from './fakes/tools.ts'

function itemEvents(watched: Watched, itemId: string): EventEnvelope[] {
  return watched.events.filter(({ event }) => {
    if (event.type === 'item.delta') return event.itemId === itemId
    return 'item' in event && event.item.id === itemId
  })
}

function completedItem(watched: Watched, itemId: string): CommandExecutionTurnItem {
  const items = itemEvents(watched, itemId).flatMap(({ event }) => (event.type === 'item.completed' ? [event.item] : []))
  expect(items).toHaveLength(1)
  return items[0] as CommandExecutionTurnItem
}

/** A turn whose call runs a process. */
async function running(world: World): Promise<Watched> {
  const watched = await world.start()
  await watched.thread.run('begin')
  await tick()
  return watched
}

test('a process that has ended before its start is heard of gives one item with all it printed', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec')] })
  world.workspace.onSpawn = (process) => {
    process.print('hello\n')
    process.exitWith(0)
  }
  const watched = await running(world)
  await world.clock.advance(10)
  expect(itemEvents(watched, 'c1').map(({ event }) => event.type)).toEqual(['item.started', 'item.updated', 'item.delta', 'item.completed'])
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'completed', exitCode: 0, output: 'hello\n', terminalId: '1000' })
  expect(watched.history).toContain('output c1: ended with 0')
})

test('a process that does not start hands its item back, and the call fails', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec')] })
  world.workspace.spawnFails = new Error('no such program')
  const watched = await running(world)
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'failed', exitCode: null, output: 'exec failed: no such program' })
})

test('what a background terminal tells bears the turn while that runs, and none after it (R10)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec']), says('it runs')], tools: [terminalTool('exec', 1_000)] })
  const watched = await running(world)
  const [process] = world.workspace.started
  process?.print('one\n')
  await tick()
  await world.clock.advance(1_000)
  const [turn] = watched.of('turn.completed')
  expect(turn?.lastMessage).toBe('it runs')
  process?.print('two\n')
  await tick()
  process?.exitWith(3)
  await tick()
  const turnId = turn?.turn.id
  expect(itemEvents(watched, 'c1').map(({ event, turnId: of }) => [event.type, of === turnId])).toEqual([
    ['item.started', true],
    ['item.updated', true],
    ['item.delta', true],
    ['item.delta', false],
    ['item.completed', false],
  ])
  expect(watched.events.slice(-2).map(({ event, turnId: of }) => [event.type, of])).toEqual([
    ['item.completed', null],
    ['terminal.exited', null],
  ])
  expect(completedItem(watched, 'c1')).toMatchObject({ originTurnId: turnId, status: 'failed', exitCode: 3, output: 'one\ntwo\n' })
  expect(watched.records.slice(-1)).toMatchObject([{ type: 'event_msg', payload: { type: 'item_completed', turn_id: turnId } }])
})

test('a background terminal that ends while another turn runs bears neither turn', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'exec']), says('one'), calls(['c2', 'exec'])],
    tools: [terminalTool('exec', 1_000)],
  })
  const watched = await running(world)
  await world.clock.advance(1_000)
  await watched.thread.run('again')
  await tick()
  world.workspace.started[0]?.exitWith(0)
  await tick()
  expect(itemEvents(watched, 'c1').slice(-1)[0]?.turnId).toBeNull()
  expect(watched.thread.snapshot().openItems.map(({ id }) => id)).toEqual(['c2'])
  world.workspace.started[1]?.exitWith(0)
})

test('a terminal outlives the interrupt of its turn, and its item is completed when it ends', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec', 60_000)] })
  const watched = await running(world)
  watched.thread.submit({ type: 'interrupt' })
  await world.clock.advance(3_000)
  expect(watched.of('turn.completed')[0]?.turn.status).toBe('interrupted')
  expect(world.workspace.started[0]?.running).toBe(true)
  world.workspace.started[0]?.exitWith(0)
  await tick()
  expect(completedItem(watched, 'c1').exitCode).toBe(0)
})

test('a process that is spawned when its call has been cut is ended, and its item completed', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec')] })
  world.workspace.spawning = new Deferred()
  const watched = await running(world)
  watched.thread.submit({ type: 'interrupt' })
  await world.clock.advance(5_000)
  expect(watched.of('turn.completed')).toHaveLength(1)
  world.workspace.spawning.resolve()
  await tick()
  expect(world.workspace.started.map(({ running: runs, endings }) => [runs, endings])).toEqual([[false, 1]])
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'failed', output: 'aborted by user after 0.1s' })
  expect(itemEvents(watched, 'c1').map(({ event, turnId }) => [event.type, turnId === null])).toEqual([
    ['item.started', false],
    ['item.completed', true],
  ])
})

test('a refused command runs again in the same item, which begins anew', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'exec'])],
    tools: [terminalTool('exec')],
    approvers: [{ id: 'yes', presence: 'live', review: async () => ({ kind: 'approved' }) }],
    decide: ({ denial }) => (denial === null ? ALLOW : ASK),
  })
  world.workspace.onSpawn = (process) => {
    if (world.workspace.started.length > 1) return
    process.print('read-only\n')
    process.exitWith(1, { denial: DENIAL })
  }
  const watched = await running(world)
  const second = world.workspace.started[1]
  second?.print('written\n')
  second?.exitWith(0)
  await world.clock.advance(10)
  const told = itemEvents(watched, 'c1').flatMap(({ event }) => (event.type === 'item.updated' ? [[event.attempt, event.item]] : []))
  expect(told).toMatchObject([
    [1, { status: 'inProgress', terminalId: '1000' }],
    [2, { status: 'inProgress', terminalId: null, output: null, exitCode: null }],
    [2, { status: 'inProgress', terminalId: '1001', output: null, exitCode: null }],
  ])
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'completed', output: 'written\n', exitCode: 0 })
  expect(watched.history).toContain('output c1: ended with 0')
})

test('a refused command that is not run again keeps what it printed', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'exec'])],
    tools: [terminalTool('exec')],
    decide: ({ denial }) => (denial === null ? ALLOW : ASK),
  })
  world.workspace.onSpawn = (process) => {
    process.print('read-only\n')
    process.exitWith(1, { denial: DENIAL })
  }
  const watched = await running(world)
  await world.clock.advance(10)
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'failed', output: 'read-only\n', exitCode: 1 })
})

test('cleaning terminals ends them beside the loop, which goes on serving', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec']), says('on')], tools: [terminalTool('exec', 100)] })
  world.workspace.onSpawn = (process) => void (process.stubborn = true)
  const watched = await running(world)
  await world.clock.advance(100)
  const clean = watched.thread.submit({ type: 'cleanTerminals' })
  const next = watched.thread.submit({ type: 'settings', settings: { effort: 'low' } })
  expect([(await clean.admitted).kind, (await next.admitted).kind]).toEqual(['applied', 'applied'])
  expect(itemEvents(watched, 'c1').slice(-1)[0]?.event.type).not.toBe('item.completed')
  world.workspace.started[0]?.exitWith(null, { signal: 'SIGKILL' })
  await tick()
  expect(completedItem(watched, 'c1').status).toBe('failed')
})

test('output that cannot be read to its end is a warning, and the terminal still ends', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec')] })
  world.workspace.onSpawn = (process) => {
    Object.defineProperty(process, 'output', {
      value: {
        async *[Symbol.asyncIterator]() {
          yield { stream: 'stdout', bytes: new TextEncoder().encode('so far') }
          throw new Error('pipe broke')
        },
        close() {},
      },
    })
    process.exitWith(0)
  }
  const watched = await running(world)
  await world.clock.advance(10)
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'completed', output: 'so far' })
  expect(watched.of('warning').map(({ code }) => code)).toEqual(['terminal_output'])
})

test('a terminal that was cleaned and cannot be killed is told as ended when its thread closes', async () => {
  const world = new World({ scripts: [calls(['c1', 'exec']), says('on')], tools: [terminalTool('exec', 100)] })
  world.workspace.onSpawn = (process) => void (process.stubborn = true)
  const watched = await running(world)
  await world.clock.advance(100)
  await watched.thread.submit({ type: 'cleanTerminals' }).admitted
  await world[Symbol.asyncDispose]()
  expect(itemEvents(watched, 'c1').map(({ event }) => event.type)).toEqual(['item.started', 'item.updated', 'item.completed'])
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'failed', exitCode: -1 })
})

test('a process whose end cannot be learned is told as ended', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec')] })
  world.workspace.onSpawn = (process) => {
    Object.defineProperty(process, 'exit', { value: Promise.reject(new Error('nobody knows')) })
    process.output.close()
  }
  const watched = await running(world)
  await world.clock.advance(10)
  expect(completedItem(watched, 'c1')).toMatchObject({ status: 'failed', exitCode: -1 })
})

test('a tool that ends a process which cannot be killed is told so after a while, and goes on', async () => {
  const end = new FakeTool('end', {
    execute: async ({ terminals }) => {
      await terminals.terminate('1000' as TerminalId)
      return { kind: 'done', output: { content: 'ended', success: true } }
    },
  })
  await using world = new World({
    scripts: [calls(['c1', 'exec']), calls(['c2', 'end']), says('on')],
    tools: [terminalTool('exec', 100), end],
  })
  world.workspace.onSpawn = (process) => void (process.stubborn = true)
  const watched = await running(world)
  await world.clock.advance(100)
  await world.clock.advance(4_000)
  expect(watched.history).toContain('output c2: process 1000 was killed and is still there; it may be waiting for the system')
  expect(watched.of('turn.completed')).toMatchObject([{ turn: { status: 'completed' } }])
})
