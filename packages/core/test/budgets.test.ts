import { Deferred } from '@octavo/base'
import type { Approver, DelegateRequest, Extension, ThreadHost } from '@octavo/extension-api'
import type { ApprovalDecision, Budget, BudgetSpent, TokenUsage } from '@octavo/protocol'
import { expect, test } from 'vitest'
import type { TurnResult } from '../src/index.ts'
import { ASK, World } from './fake-engine.ts'
import type { Watched, WorldOptions } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { breaks, calls, completed, gate, INFO, says, saying, tokens } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const PRICE = { input: 100_000, cachedInput: 10_000, output: 200_000 }

interface Ran {
  readonly watched: Watched
  readonly result: TurnResult
}

/** One turn to its end, in a thread with a budget. */
async function run(world: World, budget: Budget, turn: Budget = {}): Promise<Ran> {
  const watched = await world.start({ budget })
  const result = await world.finish((await watched.thread.run('begin', { budget: turn })).done)
  await tick()
  return { watched, result }
}

function working(options: Partial<WorldOptions> = {}): World {
  const tools = [new FakeTool('work', { immediate: true })]
  return new World({ scripts: [calls(['c1', 'work']), calls(['c2', 'work']), calls(['c3', 'work']), says('end')], tools, ...options })
}

test.each([
  ['tokens of a thread', { tokens: 15 }, {}, { limit: 'tokens', allowed: 15, spent: 20, scope: 'thread' }],
  ['tokens of a turn', {}, { tokens: 20 }, { limit: 'tokens', allowed: 20, spent: 20, scope: 'turn' }],
  ['steps', { steps: 2 }, { steps: 9 }, { limit: 'steps', allowed: 2, spent: 2, scope: 'thread' }],
  ['dollars', { usd: 1.5 }, {}, { limit: 'usd', allowed: 1.5, spent: 2, scope: 'thread' }],
])(
  'a turn that runs out of %s ends after the calls it made, each with its output (budget limits, H1)',
  async (_what, thread, turn, data) => {
    await using world = working({ defaults: { prices: { m: PRICE } } })
    const { watched, result } = await run(world, thread, turn)
    expect(result).toMatchObject({ status: 'interrupted', error: { code: 'budget_exhausted', data }, unused: [] })
    expect(watched.of('turn.completed')[0]?.turn).toMatchObject({ status: 'interrupted', reason: 'budgetLimited' })
    expect(watched.history).toEqual(['user: begin', 'call c1', 'output c1: output of c1', 'call c2', 'output c2: output of c2', 'note'])
    expect(world.model.requests).toHaveLength(2)
    const aborted = watched.records.flatMap((item) =>
      item.type === 'event_msg' && item.payload.type === 'turn_aborted' ? [item.payload.reason] : [],
    )
    expect(aborted).toEqual(['budget_limited'])
  },
)

test('an answer that uses the budget up is an answer; the next turn ends at once, and gives its input back (budget next turn)', async () => {
  await using world = new World({ scripts: [says('all there is')] })
  const { watched, result } = await run(world, { tokens: 10 })
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'all there is', error: null })
  const next = await world.finish((await watched.thread.run('more')).done)
  expect(next).toMatchObject({ status: 'interrupted', error: { code: 'budget_exhausted' }, unused: [{ text: 'more' }] })
  expect(watched.history).toEqual(['user: begin', 'assistant: all there is'])
  expect(world.model.requests).toHaveLength(1)
})

test('a turn without a budget of its own is not bound by that of the turn before it (budget turn)', async () => {
  await using world = working()
  const { watched } = await run(world, {}, { steps: 1 })
  const next = await world.finish((await watched.thread.run('more')).done)
  expect(next).toMatchObject({ status: 'completed', lastMessage: 'end' })
  expect(watched.thread.spent()).toEqual({ tokens: 40, usd: 0, steps: 4, wallMs: 0 })
})

test('time cuts what runs, and the call has an output (budget wallMs)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')] })
  const { watched, result } = await run(world, { wallMs: 5_000 })
  expect(result).toMatchObject({
    status: 'interrupted',
    error: { code: 'budget_exhausted', data: { limit: 'wallMs', allowed: 5_000, spent: 5_000, scope: 'thread' } },
  })
  expect(watched.history).toEqual(['user: begin', 'call c1', expect.stringMatching(/^output c1: aborted/), 'note'])
})

test('time cuts a response that streams, and nothing is left waiting (budget wallMs)', async () => {
  const held = gate()
  await using world = new World({ scripts: [[...saying('half').slice(0, 2), held]] })
  const { result } = await run(world, {}, { wallMs: 50 })
  expect(result).toMatchObject({ status: 'interrupted', error: { data: { limit: 'wallMs', scope: 'turn' } } })
  expect(world.clock.sleeping).toBe(0)
})

test('time in which somebody is asked does not count (budget wallMs, approvals)', async () => {
  const asked = new Deferred<ApprovalDecision>()
  const approver: Approver = { id: 'somebody', presence: 'live', review: async () => await asked.promise }
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('end')],
    tools: [new FakeTool('work', { immediate: true })],
    approvers: [approver],
    decide: () => ASK,
  })
  const watched = await world.start({ budget: { wallMs: 1_000 } })
  const handle = await watched.thread.run('begin')
  await world.clock.advance(60_000)
  asked.resolve({ kind: 'approved' })
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed' })
  expect(watched.thread.spent().wallMs).toBe(0)
})

test('an interrupt that names the budget as its reason is no error while something is left (budget reason)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')] })
  const watched = await world.start({ budget: { tokens: 1_000 } })
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt('budgetLimited')
  expect(await world.finish(handle.done)).toMatchObject({ status: 'interrupted', error: null })
})

test('an attempt that failed counts when it tells what it used, and no other one follows when that was all (budget retries)', async () => {
  const failed = breaks('stream_failed', { usage: tokens(30) })
  await using world = new World({ scripts: [[...saying('ha').slice(0, 2), failed], says('end')] })
  const enough = await run(world, { tokens: 100 })
  expect(enough.result).toMatchObject({ status: 'completed', usage: { totalTokens: 40 } })
  expect(enough.watched.thread.spent()).toMatchObject({ tokens: 40, steps: 1 })
  expect(enough.watched.of('turn.usage').map(({ last, total }) => [last.totalTokens, total.totalTokens])).toEqual([
    [0, 30],
    [10, 40],
  ])
  await using poor = new World({ scripts: [[...saying('ha').slice(0, 2), failed], says('end')] })
  expect((await run(poor, { tokens: 30 })).result).toMatchObject({ status: 'interrupted', error: { code: 'budget_exhausted' } })
  expect(poor.model.requests).toHaveLength(1)
})

test('a provider that tells no usage is held to steps, and a budget of tokens says that it cannot count (budget unknown usage)', async () => {
  const silent = [...saying('done'), completed(null)]
  await using world = new World({ scripts: [silent] })
  const { watched, result } = await run(world, { tokens: 1 })
  expect(result.status).toBe('completed')
  expect(watched.of('warning').map(({ code }) => code)).toEqual(['usage_unknown'])
  expect(watched.thread.spent()).toMatchObject({ tokens: 0, steps: 1 })
})

test('a budget in dollars for a model without a price is refused before the turn, by its name and with what to do (budget usd)', async () => {
  await using world = new World()
  const watched = await world.start({ budget: { usd: 1 } })
  await expect(watched.thread.run('begin')).rejects.toMatchObject({
    code: 'price_unknown',
    message: expect.stringMatching(/^model m has no known price.*prices\["m"\]/),
  })
  const free = await world.start()
  await expect(free.thread.run('begin', { budget: { usd: 1 } })).rejects.toMatchObject({ code: 'price_unknown', data: { model: 'm' } })
  expect(world.model.requests).toEqual([])
})

test('a turn that waited while the model was changed to one without a price fails by the same code (budget usd)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')], defaults: { prices: { m: PRICE } } })
  const watched = await world.start({ budget: { usd: 100 } })
  const first = await watched.thread.run('begin')
  const second = await watched.thread.run('next')
  await watched.thread.submit({ type: 'settings', settings: { model: 'other' } }).admitted
  await first.interrupt()
  expect(await world.finish(second.done)).toMatchObject({ status: 'failed', error: { code: 'price_unknown', data: { model: 'other' } } })
})

test("the host's price is put over the catalogue's (budget usd)", async () => {
  const usage: TokenUsage = { ...tokens(0), inputTokens: 10, cachedInputTokens: 4, outputTokens: 1, totalTokens: 11 }
  const spent = async (prices: Record<string, typeof PRICE>): Promise<number> => {
    await using world = new World({ scripts: [[...saying('end'), completed(usage)]], defaults: { prices } })
    world.model.info = { ...INFO, price: { input: 1_000_000, cachedInput: 1_000_000, output: 1_000_000 } }
    return (await run(world, { usd: 50 })).watched.thread.spent().usd
  }
  expect(await spent({})).toBeCloseTo(11)
  expect(await spent({ m: PRICE })).toBeCloseTo(0.6 + 0.04 + 0.2)
})

test.each([
  ['negative', { tokens: -1 }],
  ['of something else', { minutes: 1 } as Budget],
])('a budget that is %s is refused by name, for a thread as for a turn (budget input)', async (_what, budget) => {
  await using world = new World()
  await expect(world.engine.startThread({ budget })).rejects.toMatchObject({ code: 'invalid_budget', name: 'UsageError' })
  const { thread } = await world.start()
  await expect(thread.run('begin', { budget })).rejects.toMatchObject({ code: 'invalid_budget', name: 'RefusedError' })
})

/** Runs a thread in one world and opens it again in another; what it had spent before and after. */
async function resumed(
  first: World,
  between: (watched: Watched) => Promise<void>,
  budget: Budget = {},
): Promise<readonly [BudgetSpent, Watched, World]> {
  const before = await first.start()
  await between(before)
  const spent = before.thread.spent()
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  const second = new World({ store: first.store, defaults: { prices: { m: PRICE } } })
  return [spent, await second.resume(before.thread.id, { budget }), second]
}

test('what a thread has spent survives its resume, time included, and counts against the budget it is resumed with (budget resume)', async () => {
  await using first = new World({
    scripts: [calls(['c1', 'work']), says('end')],
    tools: [new FakeTool('work')],
    defaults: { prices: { m: PRICE } },
  })
  const [spent, after, second] = await resumed(
    first,
    async (watched) => {
      const handle = await watched.thread.run('begin')
      await first.clock.advance(700)
      await handle.interrupt()
      await first.finish(handle.done)
      await first.finish((await watched.thread.run('again')).done)
    },
    { steps: 2 },
  )
  expect(spent).toEqual({ tokens: 20, usd: 2, steps: 2, wallMs: 700 })
  expect(after.thread.spent()).toEqual(spent)
  const next = await second.finish((await after.thread.run('more')).done)
  expect(next.error).toMatchObject({ code: 'budget_exhausted', data: { limit: 'steps', spent: 2, scope: 'thread' } })
  await second[Symbol.asyncDispose]()
})

test('responses of a turn that never ended count too, at the prices there are; their time does not (budget resume)', async () => {
  await using first = new World({ scripts: [says('one'), calls(['c1', 'work'])], tools: [new FakeTool('work')] })
  const watched = await first.start()
  await first.finish((await watched.thread.run('begin')).done)
  await watched.thread.run('and then')
  await first.clock.advance(500)
  const cut = first.store.copy()
  await using second = new World({ store: cut, defaults: { prices: { m: PRICE } } })
  const after = await second.resume(watched.thread.id)
  expect(after.thread.spent()).toEqual({ tokens: 20, usd: 1, steps: 2, wallMs: 0 })
})

test('a run with a signal that has aborted starts no turn (signals)', async () => {
  await using world = new World()
  const watched = await world.start()
  await expect(watched.thread.run('begin', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'CancelledError' })
  await tick()
  expect(watched.types('thread.configured')).toEqual([])
})

test('a summary is paid for like any other response, and none is asked for when nothing is left (budget compaction)', async () => {
  await using world = new World({ scripts: [says(`one ${'word '.repeat(400)}`), says('a summary')] })
  const watched = await world.start({ budget: { steps: 2 } })
  await world.finish((await watched.thread.run('begin')).done)
  await watched.thread.submit({ type: 'compact' }).admitted
  while (watched.thread.snapshot().status.kind === 'active') await world.clock.advance(1)
  expect(watched.thread.spent()).toMatchObject({ tokens: 20, steps: 2 })
  await watched.thread.submit({ type: 'compact' }).admitted
  await tick()
  expect(watched.of('turn.completed').map(({ turn, error }) => [turn.kind, turn.status, error?.code ?? null])).toEqual([
    ['regular', 'completed', null],
    ['compaction', 'completed', null],
    ['compaction', 'interrupted', 'budget_exhausted'],
  ])
  expect(world.model.requests).toHaveLength(2)
})

test('what a delegate spends is spent by its parent, and no budget of its own lets it go beyond what is left there (budget delegates)', async () => {
  const hosts: ThreadHost[] = []
  const watching: Extension = { id: 'watch', contributes: { threadLifecycle: { started: (host) => void hosts.push(host) } } }
  await using world = new World({
    scripts: [says('ready'), calls(['c1', 'work']), calls(['c2', 'work']), says('never')],
    tools: [new FakeTool('work', { immediate: true })],
    extensions: [watching],
  })
  const watched = await world.start({ budget: { tokens: 25 } })
  await world.finish((await watched.thread.run('begin')).done)
  const [host] = hosts
  if (host === undefined) throw new Error('no host was given')
  const never = new AbortController().signal
  const request: DelegateRequest = {
    input: [{ type: 'text', text: 'help' }],
    context: 'none',
    budget: { tokens: 1_000 },
    deadlineMs: 1_000,
    wake: false,
    oneShot: true,
  }
  const delegate = await host.spawn(request, never)
  const { status } = await world.finish((async () => await delegate.result(never))())
  expect(status).toMatchObject({ kind: 'errored', message: expect.stringContaining('budget of the thread this one works for is used up') })
  expect(world.model.requests).toHaveLength(3)
  expect([host.spent().tokens, watched.thread.spent()]).toEqual([30, { tokens: 30, usd: 0, steps: 3, wallMs: 0 }])
  await expect(host.spawn(request, never)).rejects.toMatchObject({ code: 'budget_exhausted', data: { limit: 'tokens', scope: 'tree' } })
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: world.store })
  const after = await second.resume(watched.thread.id)
  expect(after.thread.spent()).toMatchObject({ tokens: 30, steps: 3 })
})

test('time in which the host has a prompt of its own open does not count (budget wallMs, holds)', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')] })
  const watched = await world.start({ budget: { wallMs: 1_000 } })
  const handle = await watched.thread.run('begin')
  await world.clock.advance(400)
  await watched.thread.submit({ type: 'hold', change: 'begin' }).admitted
  await world.clock.advance(60_000)
  await watched.thread.submit({ type: 'hold', change: 'end' }).admitted
  expect(watched.thread.spent().wallMs).toBe(400)
  expect(await world.finish(handle.done)).toMatchObject({ error: { code: 'budget_exhausted', data: { limit: 'wallMs' } } })
})
