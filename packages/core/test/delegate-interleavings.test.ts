import type { Delegate } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { AgentSlots } from '../src/engine/agent-slots.ts'
import type { AgentSlot } from '../src/engine/agent-slots.ts'
import type { SessionId } from '@octavo/protocol'
import { Chance } from './chance.ts'
import { ALLOW, ASK, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { asked, heard, Hosts, NEVER } from './fakes/family.ts'
import { breaks, calls, gate, says } from './fakes/model.ts'
import type { Gate, Script } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const SEEDS = 60
const STEPS = 50
const MAX_ALIVE = 3

/** A tree of threads, and somebody who does anything to it at any time. */
async function explore(seed: number): Promise<string[]> {
  const chance = new Chance(seed)
  const hosts = new Hosts()
  const broken: string[] = []
  const gates: Gate[] = []
  const work = new FakeTool('work', { command: true })
  const world = new World({
    extensions: [hosts.extension],
    tools: [work],
    decide: () => (chance.is(0.5) ? ASK : ALLOW),
    ports: { answers: () => true },
    defaults: { delegates: { maxDepth: 2, maxAlive: MAX_ALIVE } },
  })
  world.model.otherwise = (): Script => {
    const open = gate()
    gates.push(open)
    const scripts: Script[] = [says('done'), [open, ...says('later')], calls(['c', 'work']), [breaks('invalid_request')]]
    return scripts[chance.below(scripts.length)] ?? says('done')
  }
  const parent = await world.start()
  const spawned: Delegate[] = []
  const seen: ReturnType<typeof heard>[] = []
  const aborts: AbortController[] = []

  const working = (): number => spawned.filter(({ status: { kind } }) => kind === 'running' || kind === 'pendingInit').length
  const hostOfSomebody = () => {
    const alive = [parent.thread.id, ...spawned.filter((one) => one.status.kind !== 'closed').map(({ threadId }) => threadId)]
    return hosts.of(chance.of(alive) ?? parent.thread.id)
  }
  const spawn = async (): Promise<void> => {
    const until = new AbortController()
    aborts.push(until)
    const input = chance.is(0.8) ? [{ type: 'text', text: 'a part' } as const] : []
    const request = asked({ input, oneShot: input.length > 0 && chance.is(0.2), wake: chance.is(0.3), until: until.signal })
    try {
      const delegate = await hostOfSomebody().spawn(request, NEVER)
      spawned.push(delegate)
      seen.push(heard(delegate))
    } catch {
      // A limit, or a parent that is gone.
    }
  }
  const ops: readonly (() => unknown)[] = [
    spawn,
    spawn,
    () => Promise.all([spawn(), spawn()]),
    () => chance.of(gates)?.resolve(),
    () => work.calls.forEach((call) => call.finish()),
    () => chance.of(aborts)?.abort(),
    () => chance.of(spawned)?.submit({ type: 'userInput', items: [{ type: 'text', text: 'more' }] }),
    () => chance.of(spawned)?.submit({ type: 'interrupt' }),
    async () => await chance.of(spawned)?.[Symbol.asyncDispose](),
    () => {
      const pending = chance.of(parent.thread.pendingRequests())
      if (pending === undefined) return
      parent.thread.submit({ type: 'answer', requestId: pending.id, kind: 'commandApproval', value: { kind: 'approved' } })
    },
    () => world.clock.advance(chance.below(800)),
  ]
  const pending: Promise<unknown>[] = []
  for (let step = 0; step < STEPS; step += 1) {
    const done = chance.of(ops)?.()
    if (done instanceof Promise) pending.push(done.catch(() => {}))
    if (chance.is(0.7)) await tick()
    if (working() > MAX_ALIVE) broken.push(`step ${step}: ${working()} delegates work at once`)
  }
  const before = world.clock.monotonic()
  const ending = Promise.all([...pending, (async () => await parent.thread[Symbol.asyncDispose]())()])
  await tick() // a tree ends in more promise turns than a thread
  await world.finish(ending)
  if (world.clock.monotonic() - before > 10_000) broken.push('the end took too long')
  await tick()
  for (const delegate of spawned) {
    const { kind } = delegate.status
    if (kind === 'running' || kind === 'pendingInit' || kind === 'interrupted') broken.push(`delegate ${delegate.threadId} is ${kind}`)
  }
  if (parent.thread.pendingRequests().length > 0) broken.push('a request is open')
  const opened = parent.of('request.opened').map(({ request }) => request.id)
  const resolved = parent.of('request.resolved').map(({ id }) => id)
  if (JSON.stringify(opened.toSorted()) !== JSON.stringify(resolved.toSorted())) broken.push('a request was not settled exactly once')
  for (const events of seen) {
    const seqs = events.map(({ seq }) => seq)
    if (seqs.some((seq, at) => at > 0 && seq <= (seqs[at - 1] ?? 0))) broken.push('events out of order')
  }
  if (world.engine.threads().length > 0) broken.push(`${world.engine.threads().length} threads are left`)
  await world[Symbol.asyncDispose]()
  if (world.clock.sleeping > 0) broken.push(`${world.clock.sleeping} timers are left`)
  return broken
}

test.each(Array.from({ length: SEEDS }, (_run, index) => index + 1))(
  'whatever is done to a tree of threads, its limits hold and nothing is left of it (I25, I26): seed %i',
  async (seed) => {
    expect(await explore(seed)).toEqual([])
  },
)

/** Any order of reserving, taking and giving back. */
function slots(seed: number): { readonly most: number; readonly left: number } {
  const chance = new Chance(seed)
  const all = new AgentSlots({ maxDepth: 2, maxAlive: MAX_ALIVE })
  const tree = 'tree' as SessionId
  const held: AgentSlot[] = []
  let most = 0
  for (let step = 0; step < 200; step += 1) {
    try {
      if (chance.is(0.4)) held.push(all.reserve(tree, 1 + chance.below(3)))
      else if (chance.is(0.5)) chance.of(held)?.take()
      else chance.of(held)?.release()
    } catch {
      // The limit.
    }
    most = Math.max(most, all.taken(tree), held.filter((slot) => slot.held).length)
  }
  for (const slot of held) slot.release()
  return { most, left: all.taken(tree) }
}

test.each(Array.from({ length: 20 }, (_run, index) => index + 1))(
  'places never pass the limit, and none is taken when all were given back (I26): seed %i',
  (seed) => {
    const { most, left } = slots(seed)
    expect([most <= MAX_ALIVE, left]).toEqual([true, 0])
  },
)
