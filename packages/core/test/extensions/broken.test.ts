import { Deferred } from '@octavo/base'
import type { ContributorKind, Contributors, Extension } from '@octavo/extension-api'
import type { UserInput } from '@octavo/protocol'
import { expect, test } from 'vitest'
import type { TurnResult } from '../../src/index.ts'
import { ALLOW, ASK, World } from '../fake-engine.ts'
import type { Watched } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { calls, says } from '../fakes/model.ts'
import { FakeTool } from '../fakes/tools.ts'
import { moving } from './moving.ts'

type Broken = () => never

/** Each kind, with every method of it broken in the same way. */
const KINDS: { readonly [K in Exclude<ContributorKind, 'turnTasks'>]: (broken: Broken) => Contributors[K] } = {
  threadLifecycle: (broken) => ({ started: broken, resumed: broken, idle: broken, stopped: broken }),
  turnLifecycle: (broken) => ({ started: broken, stopped: broken, aborted: broken, failed: broken }),
  toolLifecycle: (broken) => ({ started: broken, finished: broken }),
  tokenUsage: (broken) => ({ used: broken }),
  skillInvocation: (broken) => ({ invoked: broken }),
  settings: (broken) => ({ changed: broken }),
  context: (broken) => ({ thread: broken, turn: broken }),
  worldState: (broken) => [{ id: 'broken', slot: 'user', capture: broken, render: () => 'never' }],
  turnInput: (broken) => ({ contribute: broken }),
  tools: (broken) => ({ tools: broken }),
  mcpServers: (broken) => ({ servers: broken }),
  config: (broken) => ({ settings: broken }),
  turnItems: (broken) => ({ rewrites: true, item: broken }),
  preToolUse: (broken) => ({ intercept: broken }),
  postToolUse: (broken) => ({ intercept: broken }),
  approval: (broken) => ({ review: broken }),
  effects: (broken) => ({ beforeWrite: broken }),
  compaction: (broken) => ({ compact: broken }),
  turnEnd: (broken) => ({ wantsAnotherStep: broken }),
}
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[]

/** What observers return is not looked at, and `beforeWrite` gives nothing. */
const RETURNS_NOTHING: ReadonlySet<ContributorKind> = new Set([
  'threadLifecycle',
  'turnLifecycle',
  'toolLifecycle',
  'tokenUsage',
  'skillInvocation',
  'settings',
  'effects',
])
/** Kinds whose failure declines the call they guard. */
const GUARDS: ReadonlySet<ContributorKind> = new Set(['preToolUse', 'approval', 'effects'])

const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('out of order')
  },
  rejects: async () => await Promise.reject(new Error('out of order')),
  hangs: async () => await new Promise(() => {}),
  'returns nothing': () => undefined,
  'returns a number': () => 42,
  'returns a promise of a number': async () => await Promise.resolve(42),
  'returns a list of the wrong things': () => [42, null],
  'returns an object of the wrong form': () => ({ kind: 'surprise', rewrites: 3 }),
}

interface Life {
  readonly world: World
  readonly tool: FakeTool
  /** What `mcpServers` of a host gave, once the thread has started. */
  servers: Promise<unknown>
}

/** A world in which every kind is asked for. */
function worldWith(extension: Extension): Life {
  const tool = new FakeTool('work', { command: true, immediate: true })
  const asking: Extension = {
    id: 'asking',
    contributes: {
      threadLifecycle: {
        started: (host) => {
          life.servers = host.mcpServers()
          life.servers.catch(() => {})
        },
      },
    },
  }
  const world = new World({
    tools: [tool],
    extensions: [extension, asking],
    decide: ({ tool: { name } }) => (name === 'work' ? ASK : ALLOW),
    approvers: [{ id: 'somebody', presence: 'live', review: async () => ({ kind: 'approved' }) }],
  })
  const life: Life = { world, tool, servers: Promise.resolve() }
  return life
}

const INPUT: readonly UserInput[] = [
  { type: 'text', text: 'one' },
  { type: 'skill', name: 'cook', path: '/skills/cook' },
]

/** A turn with a call, a compaction on request and another turn. */
async function live({ world, servers }: Life, watched: Watched): Promise<readonly (TurnResult | undefined)[]> {
  await moving(world, Promise.allSettled([servers]))
  world.model.scripts = [calls(['c1', 'work']), says('first end')]
  const first = await moving(world, (await watched.thread.run(INPUT, { settings: { effort: 'high' } })).done)
  world.model.scripts = [says('a summary')]
  const ended = new Deferred<null>()
  using _ = watched.thread.on('turn.completed', () => ended.resolve(null))
  await watched.thread.submit({ type: 'compact' }).admitted
  await moving(world, ended.promise)
  world.model.scripts = [calls(['c2', 'work']), says('second end')]
  const second = await moving(world, (await watched.thread.run('two')).done)
  return [first, second]
}

/** What a kind may give: state is any plain data. */
function isFine(kind: ContributorKind, way: string): boolean {
  if (!way.startsWith('returns')) return false
  return RETURNS_NOTHING.has(kind) || (kind === 'worldState' && way !== 'returns nothing')
}

const cases = kinds.flatMap((kind) => Object.keys(WAYS).map((way) => [kind, way] as const))

test.each(cases)('%s that %s: a warning names the extension and the kind, and the thread works on', async (kind, way) => {
  const fails = !isFine(kind, way)
  const life = worldWith({ id: 'culprit', contributes: { [kind]: KINDS[kind](WAYS[way] as Broken) } })
  const { world, tool } = life
  const watched = await moving(world, world.start())
  const ends = await live(life, watched)
  expect(ends).toMatchObject([
    { status: 'completed', lastMessage: 'first end' },
    { status: 'completed', lastMessage: 'second end' },
  ])
  await world.clock.advance(10_000)
  await moving(world, watched.thread[Symbol.asyncDispose]())
  await tick()
  const warnings = watched.of('warning').filter(({ source }) => source === 'culprit')
  expect(warnings.filter(({ message }) => !message.includes('extension culprit') || !message.includes(kind))).toEqual([])
  expect(warnings.some(({ code }) => code === 'extension_failed')).toBe(fails)
  const health = watched.thread.extensions().find(({ id }) => id === 'culprit')
  expect((health?.failures[kind] ?? 0) > 0).toBe(fails)
  expect(tool.calls.length).toBe(GUARDS.has(kind) && fails ? 0 : 2)
  expect(watched.of('thread.closed').map(({ fault }) => fault)).toEqual([null])
  expect(world.clock.sleeping).toBe(0)
})

const GOOD: Partial<Record<ContributorKind, unknown>> = {
  context: [],
  turnInput: [],
  tools: [],
  mcpServers: [],
  config: {},
  preToolUse: { kind: 'allow' },
  postToolUse: { kind: 'keep' },
  approval: 'abstain',
  worldState: null,
  compaction: null,
  turnEnd: [],
}

/** A world with a required extension that fails in one kind until it is mended. */
function worldWithRequired(kind: (typeof kinds)[number]): { readonly life: Life; readonly error: object; readonly mend: () => void } {
  let isBroken = true
  const broken = (given: unknown): unknown => {
    if (isBroken) throw new Error('out of order')
    return kind === 'turnItems' ? given : GOOD[kind]
  }
  const extension: Extension = { id: 'culprit', required: true, contributes: { [kind]: KINDS[kind](broken as Broken) } }
  const message = `extension culprit failed in ${kind}: out of order`
  const error = { code: 'contributor_failed', message, data: { extension: 'culprit', kind } }
  return { life: worldWith(extension), error, mend: () => void (isBroken = false) }
}

async function expectThatItWorks({ world }: Life, watched: Watched): Promise<void> {
  world.model.scripts = [calls(['c3', 'work']), says('third end')]
  expect(await moving(world, (await watched.thread.run(INPUT)).done)).toMatchObject({ status: 'completed', lastMessage: 'third end' })
}

const OUTSIDE_TURNS: ReadonlySet<ContributorKind> = new Set(['threadLifecycle', 'config', 'mcpServers', 'settings', 'compaction'])

test.each(kinds.filter((kind) => !OUTSIDE_TURNS.has(kind)))(
  '%s of a required extension that fails is the error of the turn',
  async (kind) => {
    const { life, error, mend } = worldWithRequired(kind)
    const watched = await moving(life.world, life.world.start())
    const [first] = await live(life, watched)
    expect(first).toMatchObject({ status: 'failed', error })
    mend()
    await expectThatItWorks(life, watched)
  },
)

test('compaction of a required extension that fails is the error of the compaction', async () => {
  const { life, error, mend } = worldWithRequired('compaction')
  const watched = await moving(life.world, life.world.start())
  await live(life, watched)
  expect(watched.of('turn.completed').map((end) => end.error)).toMatchObject([null, error, null])
  mend()
  await expectThatItWorks(life, watched)
})

test.each(['threadLifecycle', 'config'] as const)('%s of a required extension that fails leaves no thread', async (kind) => {
  const { life, error, mend } = worldWithRequired(kind)
  await expect(moving(life.world, life.world.engine.startThread())).rejects.toMatchObject(error)
  expect(life.world.engine.threads()).toEqual([])
  mend()
  await expectThatItWorks(life, await moving(life.world, life.world.start()))
})

test('mcpServers of a required extension that fails is an error for whoever asks', async () => {
  const { life, error } = worldWithRequired('mcpServers')
  const watched = await moving(life.world, life.world.start())
  await expect(life.servers).rejects.toMatchObject(error)
  await expectThatItWorks(life, watched)
})

test('settings of a required extension that fails is a warning, since there is no turn that could fail of it', async () => {
  const { life } = worldWithRequired('settings')
  const watched = await moving(life.world, life.world.start())
  const ends = await live(life, watched)
  expect(ends.map((end) => end?.status)).toEqual(['completed', 'completed'])
  expect(watched.of('warning').map(({ message }) => message)).toContain('extension culprit failed in settings: out of order')
})

test('words of a section that cannot be had are told as a failure, and said when they can be had again', async () => {
  const flaw = { isThere: true }
  const render = (current: unknown): string => {
    if (flaw.isThere) throw new Error('no words')
    return `weather: ${String(current)}`
  }
  const extension: Extension = {
    id: 'culprit',
    contributes: { worldState: [{ id: 'weather', slot: 'user', capture: () => 'rain', render }] },
  }
  const { world } = worldWith(extension)
  const watched = await moving(world, world.start())
  await moving(world, (await watched.thread.run('one')).done)
  expect(watched.of('warning').map(({ message }) => message)).toEqual(['extension culprit failed in worldState: no words'])
  flaw.isThere = false
  await moving(world, (await watched.thread.run('two')).done)
  expect(JSON.stringify(world.model.requests[0]?.input)).not.toContain('weather: rain')
  expect(JSON.stringify(world.model.requests[1]?.input)).toContain('weather: rain')
})
