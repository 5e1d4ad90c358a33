import { expect, test } from 'vitest'
import { FakeClock, tick } from '../../test/fakes/clock.ts'
import { BudgetAccount, priceOf } from './budget.ts'
import type { RunningTurn } from './budget.ts'

const usage = (inputTokens: number, cachedInputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
  totalTokens: inputTokens + outputTokens,
})

test('what a child spends counts in everything above it at once (budget tree)', () => {
  const thread = BudgetAccount.root({}, new FakeClock())
  const turn = thread.child('turn', {})
  const delegate = turn.child('thread', {})
  delegate.child('turn', {}).spend({ tokens: 7, usd: 0.5, steps: 1 })
  const spent = { tokens: 7, usd: 0.5, steps: 1, wallMs: 0 }
  expect([delegate.spent(), turn.spent(), thread.spent()]).toEqual([spent, spent, spent])
})

test('a child is out when what is above it is out, whoever spent that, and its own limit only narrows (budget tree)', () => {
  const thread = BudgetAccount.root({ tokens: 100 }, new FakeClock())
  const wide = thread.child('thread', { tokens: 1_000 })
  const narrow = thread.child('thread', { tokens: 10 })
  narrow.spend({ tokens: 12 })
  expect(narrow.exhausted()).toEqual({ limit: 'tokens', allowed: 10, spent: 12, scope: 'thread' })
  expect(wide.exhausted()).toBeNull()
  wide.spend({ tokens: 90 })
  expect(wide.child('turn', {}).exhausted()).toEqual({ limit: 'tokens', allowed: 100, spent: 102, scope: 'tree' })
})

test('the limit nearest to the root is named, since nothing else matters while that is out (budget scope)', () => {
  const thread = BudgetAccount.root({ steps: 2 }, new FakeClock())
  const turn = thread.child('turn', { steps: 1 })
  turn.spend({ steps: 1 })
  expect(turn.exhausted()).toMatchObject({ limit: 'steps', scope: 'turn', allowed: 1 })
  turn.spend({ steps: 1 })
  expect(turn.exhausted()).toMatchObject({ limit: 'steps', scope: 'thread', allowed: 2 })
})

test('turns side by side spend the time of the tree once, and all are cut when it is over (budget wallMs)', async () => {
  const clock = new FakeClock()
  const thread = BudgetAccount.root({ wallMs: 100 }, clock)
  const cuts: string[] = []
  using first = thread.child('turn', {}).run(() => cuts.push(`first at ${clock.monotonic()}`))
  await clock.advance(40)
  using second = thread.child('thread', {}).run(() => cuts.push(`second at ${clock.monotonic()}`))
  await clock.advance(100)
  expect(cuts).toEqual(['first at 100', 'second at 100'])
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  await tick()
  expect(clock.sleeping).toBe(0)
})

test('time of a turn that waits for people does not count (budget wallMs)', async () => {
  const clock = new FakeClock()
  const thread = BudgetAccount.root({ wallMs: 100 }, clock)
  const cuts: number[] = []
  using turn = thread.child('turn', {}).run(() => cuts.push(clock.monotonic()))
  await clock.advance(30)
  turn.pause(true)
  await clock.advance(10_000)
  expect(thread.spent().wallMs).toBe(30)
  turn.pause(false)
  await clock.advance(1_000)
  expect(cuts).toEqual([10_100])
})

test('cached input has its own price, reasoning is output (budget usd)', () => {
  expect(priceOf(usage(1_000_000, 400_000, 100_000), { input: 10, cachedInput: 1, output: 20 })).toBeCloseTo(6 + 0.4 + 2)
})

test.each([
  ['a negative limit', { tokens: -1 }, 'budget.tokens must be a number that is not negative'],
  ['no number', { usd: '5' }, 'budget.usd must be a number'],
  ['an infinite one', { steps: Infinity }, 'budget.steps must be a number'],
  ['a limit that is none', { minutes: 5 }, 'a budget has no limit "minutes"'],
])('%s is refused by name (budget input)', (_what, budget, message) => {
  expect(() => BudgetAccount.root(budget as never, new FakeClock())).toThrow(message)
})

/** The same seed gives the same numbers in [0, 1). Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Limits that are there half of the time. */
function limits(random: () => number): { readonly tokens?: number; readonly steps?: number; readonly wallMs?: number } {
  const maybe = <K extends string>(key: K, most: number): Record<K, number> | object =>
    random() < 0.5 ? { [key]: Math.floor(random() * most) } : {}
  return { ...maybe('tokens', 1_000), ...maybe('steps', 20), ...maybe('wallMs', 500) }
}

test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
  'in any tree no account goes over by more than what was in flight, and a parent has at least what its children have (budget tree, seed %i)',
  async (seed) => {
    const random = seeded(seed)
    const clock = new FakeClock()
    const own = limits(random)
    const nodes = [{ account: BudgetAccount.root(own, clock), own, parent: -1 }]
    for (let count = 1; count < 12; count += 1) {
      const parent = Math.floor(random() * nodes.length)
      const narrower = limits(random)
      const account = nodes[parent]?.account.child(random() < 0.5 ? 'turn' : 'thread', narrower)
      if (account !== undefined) nodes.push({ account, own: narrower, parent })
    }
    const ran = new Map<number, RunningTurn>()
    const largest = 300
    for (let step = 0; step < 80; step += 1) {
      const index = Math.floor(random() * nodes.length)
      const node = nodes[index]
      if (node === undefined) continue
      const choice = random()
      if (choice < 0.5) {
        // What the engine does: look, and when something is left, ask for one response.
        if (node.account.exhausted() === null) node.account.spend({ tokens: Math.floor(random() * largest), steps: 1 })
      } else if (choice < 0.7 && !ran.has(index) && node.account.exhausted() === null) {
        ran.set(
          index,
          node.account.run(() => stop(index)),
        )
      } else if (choice < 0.8) stop(index)
      else if (choice < 0.9) ran.get(index)?.pause(random() < 0.5)
      else await clock.advance(Math.floor(random() * 50))
      for (const [at, { account, own: held }] of nodes.entries()) {
        const spent = account.spent()
        expect(spent.tokens).toBeLessThan((held.tokens ?? Infinity) + largest)
        expect(spent.steps).toBeLessThanOrEqual(held.steps ?? Infinity)
        expect(spent.wallMs).toBeLessThanOrEqual((held.wallMs ?? Infinity) + 1e-6)
        for (const limit of ['tokens', 'steps', 'wallMs'] as const) {
          const below = nodes.filter(({ parent }) => parent === at).map((child) => child.account.spent()[limit])
          // Time that children spend side by side passes once.
          const least = limit === 'wallMs' ? Math.max(0, ...below) : below.reduce((sum, each) => sum + each, 0)
          expect(spent[limit]).toBeGreaterThanOrEqual(least - 1e-6)
        }
      }
    }
    for (const index of ran.keys()) stop(index)
    await tick()
    expect(clock.sleeping).toBe(0)

    function stop(index: number): void {
      ran.get(index)?.[Symbol.dispose]()
      ran.delete(index)
    }
  },
)

test('a rest of time that is too small for a clock to pass is over (budget wallMs)', async () => {
  const clock = new FakeClock()
  const thread = BudgetAccount.root({ wallMs: 128 }, clock)
  let cuts = 0
  const turn = thread.child('turn', {}).run(() => void (cuts += 1))
  await clock.advance(38.6)
  turn.pause(true)
  await clock.advance(8.2)
  turn.pause(false)
  await clock.advance(128)
  expect([cuts, thread.exhausted()]).toMatchObject([1, { limit: 'wallMs' }])
  turn[Symbol.dispose]()
  await tick()
  expect(clock.sleeping).toBe(0)
})
