import { raceSignal } from '@octavo/base'
import type { RequestPayload } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { Pauses } from '../src/state/pauses.ts'
import { ALLOW, ASK, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { FakeClock, tick } from './fakes/clock.ts'
import { calls, says } from './fakes/model.ts'
import { FakeTool, terminalTool } from './fakes/tools.ts'

const QUESTION: RequestPayload<'userInput'> = { kind: 'userInput', questions: [] }

const begin = { type: 'hold', change: 'begin' } as const
const end = { type: 'hold', change: 'end' } as const

function outputs(watched: Watched): string[] {
  return watched.history.filter((line) => line.startsWith('output'))
}

test('while a host holds, the deadline of a request stands still and is listed later; an end without a begin is refused (F96)', async () => {
  const asks = new FakeTool('asks', {
    execute: async (context) => {
      const { outcome } = await context.ask.open(QUESTION, { deadlineMs: 1_000, signal: context.signal })
      return { kind: 'done', output: { content: outcome, success: true } }
    },
  })
  await using world = new World({ scripts: [calls(['c1', 'asks']), says('end')], tools: [asks], ports: { answers: () => true } })
  const watched = await world.start()
  const { thread } = watched
  expect(await thread.submit(end).admitted).toMatchObject({ kind: 'refused', error: { code: 'not_held' } })
  const odd = { type: 'hold', change: 'pause' } as never
  expect(await thread.submit(odd).admitted).toMatchObject({ kind: 'refused', error: { code: 'invalid_op' } })
  await thread.run('begin')
  await world.clock.advance(400)
  const deadlineAt = thread.pendingRequests()[0]?.deadlineAt ?? 0
  expect([await thread.submit(begin).admitted, await thread.submit(begin).admitted]).toEqual([{ kind: 'applied' }, { kind: 'applied' }])
  await world.clock.advance(50_000)
  expect(thread.pendingRequests()[0]?.deadlineAt).toBe(deadlineAt + 50_000)
  await thread.submit(end).admitted
  await world.clock.advance(10_000)
  expect(thread.pendingRequests()).toHaveLength(1)
  await thread.submit(end).admitted
  await world.clock.advance(599)
  expect(thread.pendingRequests()).toHaveLength(1)
  await world.clock.advance(1)
  expect(watched.of('request.resolved').map(({ outcome }) => outcome.outcome)).toEqual(['expired'])
  expect(await thread.submit(end).admitted).toMatchObject({ kind: 'refused', error: { code: 'not_held' } })
})

test('while a host holds, a command is looked at for longer (F96)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec']), says('end')], tools: [terminalTool('exec', 1_000)] })
  const watched = await world.start()
  await watched.thread.run('begin')
  await world.clock.advance(300)
  await watched.thread.submit(begin).admitted
  await world.clock.advance(20_000)
  expect(outputs(watched)).toEqual([])
  await watched.thread.submit(end).admitted
  await world.clock.advance(699)
  expect(outputs(watched)).toEqual([])
  await world.clock.advance(1)
  expect(outputs(watched)).toEqual([expect.stringMatching(/^output c1: running as/)])
})

test('a command beside a call that waits for people is looked at until they have answered (R37)', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'exec'], ['c2', 'work']), says('end')],
    tools: [terminalTool('exec', 1_000), new FakeTool('work', { immediate: true })],
    decide: ({ tool }) => (tool.name === 'work' ? ASK : ALLOW),
    ports: { answers: () => true },
  })
  const watched = await world.start()
  await watched.thread.run('begin')
  await world.clock.advance(30_000)
  world.workspace.started[0]?.exitWith(0)
  await tick()
  const requestId = watched.thread.pendingRequests()[0]?.id as never
  await watched.thread.submit({ type: 'answer', requestId, kind: 'toolApproval', value: { kind: 'approved' } }).admitted
  await tick()
  expect(outputs(watched)).toEqual(['output c1: ended with 0', 'output c2: output of c2'])
})

test("a call of a client's own tool pauses nothing", async () => {
  const asks = new FakeTool('asks', {
    execute: async (context) => {
      const payload = { kind: 'dynamicTool', itemId: 'i' as never, namespace: null, tool: 't', arguments: {} } as const
      await context.ask.open(payload, { deadlineMs: 5_000, signal: context.signal })
      return { kind: 'done', output: { content: String(context.pausedMs()), success: true } }
    },
  })
  await using world = new World({ scripts: [calls(['c1', 'asks']), says('end')], tools: [asks], ports: { answers: () => true } })
  const watched = await world.start()
  await watched.thread.run('begin')
  await tick()
  expect(watched.thread.snapshot().status).toEqual({ kind: 'active', waitingOnApproval: false, waitingOnInput: false })
  await world.clock.advance(5_000)
  expect(outputs(watched)).toEqual(['output c1: 0'])
})

test('time that is held does not count, for any mix of holders and sleepers (F96)', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed
    const below = (count: number): number => (state = (state * 48_271) % 2_147_483_647) % count
    const clock = new FakeClock()
    const pauses = new Pauses(clock)
    const { signal } = new AbortController()
    const sleepers: { readonly due: number; woken: boolean }[] = []
    let [held, counted] = [0, 0]
    for (let step = 0; step < 40; step += 1) {
      const what = below(4)
      if (what === 0) {
        pauses.begin()
        held += 1
      } else if (what === 1 && held > 0) {
        pauses.end()
        held -= 1
      } else if (what === 2) {
        const ms = 1 + below(50)
        const sleeper = { due: counted + ms, woken: false }
        sleepers.push(sleeper)
        void raceSignal(pauses.sleep(ms, signal), signal).then(() => (sleeper.woken = true))
      } else {
        const ms = below(30)
        await clock.advance(ms)
        if (held === 0) counted += ms
      }
      await tick()
      expect(
        sleepers.map(({ woken }) => woken),
        `seed ${seed}, step ${step}`,
      ).toEqual(sleepers.map(({ due }) => due <= counted))
    }
  }
})
