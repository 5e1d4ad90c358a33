import { AbsolutePath } from '@octavo/base'
import type { Approver, AskResult, Extension, ToolContext } from '@octavo/extension-api'
import type { AnyRequestValue, ApprovalDecision, PermissionSet, RequestKind, RequestPayload } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { createAnswerers } from '../src/asking/answerers.ts'
import { askSomebody } from '../src/asking/ask.ts'
import type { Answerers } from '../src/asking/answerers.ts'
import { Grants } from '../src/state/grants.ts'
import { WaitingTime } from '../src/state/pauses.ts'
import { PendingRequests } from '../src/state/pending-requests.ts'
import { ALLOW, ASK, World } from './fake-engine.ts'
import type { Watched, WorldOptions } from './fake-engine.ts'
import { FakeClock, tick } from './fakes/clock.ts'
import { countedIds } from './fakes/ids.ts'
import { calls, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const QUESTION: RequestPayload<'userInput'> = {
  kind: 'userInput',
  questions: [{ id: 'colour', header: 'Colour', question: 'Which?', options: [], isOther: true, isSecret: false }],
}

/** A tool that asks, and whose output is what came of it. */
function asker<K extends RequestKind>(payload: RequestPayload<K>, deadlineMs: number | null = null, concurrency?: 'exclusive'): FakeTool {
  return new FakeTool('asks', {
    ...(concurrency === undefined ? {} : { concurrency }),
    execute: async (context: ToolContext) => {
      const result: AskResult<K> = await context.ask.open(payload, { deadlineMs, signal: context.signal })
      return { kind: 'done', output: { content: JSON.stringify(result), success: true } }
    },
  })
}

function approver(answer: Approver['answer'], id = 'somebody'): Approver {
  return { id, presence: 'live', review: async () => 'abstain', ...(answer === undefined ? {} : { answer }) }
}

async function begin(options: WorldOptions): Promise<{ readonly world: World; readonly watched: Watched }> {
  const world = new World({ scripts: [calls(['c1', 'asks']), says('end')], ...options })
  const watched = await world.start()
  await watched.thread.run('begin')
  await tick()
  return { world, watched }
}

function outputs(watched: Watched): string[] {
  return watched.history.filter((line) => line.startsWith('output'))
}

test('a question that nobody answers is told so in the same tick, naming what would change it (R36)', async () => {
  const { world, watched } = await begin({ tools: [asker(QUESTION)] })
  await using _ = world
  const told = watched.events.map(({ event }) => event)
  const opened = told.findIndex(({ type }) => type === 'request.opened')
  expect(told.slice(opened, opened + 4).map(({ type }) => type)).toContain('request.resolved')
  expect(watched.of('request.resolved').map(({ outcome }) => outcome)).toEqual([{ outcome: 'nobody', by: null }])
  expect(outputs(watched)).toEqual([expect.stringContaining('`answers`')])
  expect(watched.of('turn.completed')[0]?.turn.status).toBe('completed')
})

test('a host that answers this kind keeps the question open until an op answers it; another kind has nobody (R36)', async () => {
  const { world, watched } = await begin({ tools: [asker(QUESTION)], ports: { answers: (kind) => kind === 'userInput' } })
  await using _ = world
  const [request] = watched.thread.pendingRequests()
  expect(watched.thread.snapshot().status).toEqual({ kind: 'active', waitingOnApproval: false, waitingOnInput: true })
  const value = { answers: { colour: ['red'] } }
  watched.thread.submit({ type: 'answer', requestId: request?.id as never, kind: 'userInput', value })
  await tick()
  expect(outputs(watched)).toEqual([`output c1: ${JSON.stringify({ outcome: 'answered', value })}`])

  const other = await begin({
    tools: [asker({ kind: 'permissions', itemId: 'i' as never, reason: null, permissions: { network: true, read: [], write: [] } })],
    ports: { answers: (kind) => kind === 'userInput' },
  })
  expect(outputs(other.watched)[0]).toContain('"outcome":"nobody"')
  await other.world[Symbol.asyncDispose]()
})

test('approvers answer questions in order, one that abstains or has no answer passing on (R28)', async () => {
  const value = { answers: { colour: ['blue'] } }
  const approvers = [
    approver(undefined, 'a'),
    approver(async () => 'abstain', 'b'),
    approver(async () => value, 'c'),
    approver(undefined, 'd'),
  ]
  const { world, watched } = await begin({ tools: [asker(QUESTION)], approvers })
  await using _ = world
  expect(watched.of('request.resolved').map(({ outcome }) => outcome)).toEqual([{ outcome: 'answered', by: 'c' }])
  expect(outputs(watched)).toEqual([`output c1: ${JSON.stringify({ outcome: 'answered', value })}`])
})

const GARBAGE: readonly unknown[] = [null, 'yes', {}, { answers: 'red' }, { answers: { colour: 'red' } }, { answers: { colour: [1] } }]

test.each(GARBAGE)('garbage from an approver counts as a no, and a warning names it: %j (R36)', async (garbage) => {
  const approvers = [approver(async () => garbage as AnyRequestValue, 'broken')]
  const { world, watched } = await begin({ tools: [asker(QUESTION)], approvers, ports: { answers: () => true } })
  await using _ = world
  expect(watched.of('request.resolved').map(({ outcome }) => outcome)).toEqual([{ outcome: 'declined', by: 'broken' }])
  expect(watched.of('warning').map(({ code, source }) => [code, source])).toEqual([['bad_answer', 'broken']])
})

test('a review that is no decision denies the call', async () => {
  const broken: Approver = { id: 'broken', presence: 'live', review: async () => ({ kind: 'sure' }) as never }
  const { world, watched } = await begin({ tools: [new FakeTool('asks')], decide: () => ASK, approvers: [broken] })
  await using _ = world
  expect(outputs(watched)).toEqual(['output c1: asks rejected by user'])
})

test.each([
  ['commandApproval', { kind: 'approved' }],
  ['userInput', { answers: ['red'] }],
  ['permissions', { permissions: { network: 'yes', read: [], write: [] }, scope: 'turn', strictAutoReview: false }],
  ['permissions', { permissions: { network: null, read: ['a/../b'], write: [] }, scope: 'turn', strictAutoReview: false }],
  ['permissions', { permissions: { network: null, read: [], write: ['/a/../b'] }, scope: 'turn', strictAutoReview: false }],
  ['dynamicTool', { content: [{ type: 'input_text' }], success: true }],
  ['dynamicTool', { content: 'text', success: true }],
] as const)('an answer by op that is none of %s is refused, and the request stays open', async (kind, value) => {
  const payloads: Partial<Record<RequestKind, RequestPayload<RequestKind>>> = {
    userInput: QUESTION,
    permissions: { kind: 'permissions', itemId: 'i' as never, reason: null, permissions: { network: true, read: [], write: [] } },
    dynamicTool: { kind: 'dynamicTool', itemId: 'i' as never, namespace: null, tool: 't', arguments: {} },
  }
  const { world, watched } = await begin({ tools: [asker(payloads[kind] ?? QUESTION)], ports: { answers: () => true } })
  await using _ = world
  const requestId = watched.thread.pendingRequests()[0]?.id as never
  const admission = await watched.thread.submit({ type: 'answer', requestId, kind, value } as never).admitted
  const code = kind === 'commandApproval' ? 'unknown_request' : 'invalid_answer'
  expect(admission).toMatchObject({ kind: 'refused', error: { code } })
  expect(watched.thread.pendingRequests()).toHaveLength(1)
})

test('two questions at once are answered each by its id; by the id of the turn only while one is open (F116, H5)', async () => {
  const world = new World({
    scripts: [calls(['c1', 'asks'], ['c2', 'asks']), says('end')],
    tools: [asker(QUESTION)],
    ports: { answers: () => true },
  })
  await using _ = world
  const watched = await world.start()
  const { id: turnId } = await watched.thread.run('begin')
  await tick()
  const byTurn = (answer: string) =>
    watched.thread.submit({
      type: 'answer',
      requestId: turnId as string as never,
      kind: 'userInput',
      value: { answers: { colour: [answer] } },
    }).admitted
  const [, second] = watched.thread.pendingRequests()
  expect(watched.thread.pendingRequests().map((request) => [request.callId, request.turnId])).toEqual([
    ['c1', turnId],
    ['c2', turnId],
  ])
  expect(await byTurn('none')).toMatchObject({ kind: 'refused', error: { code: 'unknown_request' } })
  const value = { answers: { colour: ['second'] } }
  watched.thread.submit({ type: 'answer', requestId: second?.id as never, kind: 'userInput', value })
  await tick()
  expect(await byTurn('first')).toEqual({ kind: 'applied' })
  await tick()
  expect(outputs(watched).map((line) => /first|second/.exec(line)?.[0])).toEqual(['first', 'second'])
  expect(await byTurn('late')).toMatchObject({ kind: 'refused' })
})

test('an interrupt settles every pending question once, and the turn ends with its id (F23)', async () => {
  const { world, watched } = await begin({
    tools: [asker(QUESTION)],
    ports: { answers: () => true },
    scripts: [calls(['c1', 'asks'], ['c2', 'asks'])],
  })
  await using _ = world
  const turnId = watched.of('turn.started')[0]?.turn.id
  watched.thread.submit({ type: 'interrupt' })
  await world.clock.advance(3_000)
  expect(watched.of('request.resolved').map(({ outcome }) => outcome.outcome)).toEqual(['cancelled', 'cancelled'])
  expect(watched.thread.pendingRequests()).toEqual([])
  expect(watched.of('turn.completed').map(({ turn }) => [turn.id, turn.status])).toEqual([[turnId, 'interrupted']])
})

test('a question that those asked let go has empty answers, and its asker goes on (F112)', async () => {
  const clock = new FakeClock()
  const emitted: string[] = []
  const requests = new PendingRequests(countedIds(), clock, new WaitingTime(clock), ({ type }) => void emitted.push(type))
  const answerers: Answerers = { known: () => null, ask: async () => ({ result: { outcome: 'cancelled' }, by: 'parent' }) }
  const signal = new AbortController().signal
  const askedBy = { threadId: 't' as never, turnId: null, callId: null, deadlineMs: null, keys: [], site: {} as never, signal }
  const { result } = await askSomebody(QUESTION, askedBy, { requests, answerers })
  expect(result).toEqual({ outcome: 'answered', value: { answers: {} } })
  expect(emitted).toEqual(['request.opened', 'request.resolved'])
  const cut = new AbortController()
  const never: Answerers = { known: () => null, ask: () => 'waits' }
  const asking = askSomebody(QUESTION, { ...askedBy, signal: cut.signal }, { requests, answerers: never })
  await tick()
  cut.abort()
  expect((await asking).result).toEqual({ outcome: 'cancelled' })
})

test('a request whose id is open already is refused, and the first stays (H5)', async () => {
  const clock = new FakeClock()
  const waiting = new WaitingTime(clock)
  const requests = new PendingRequests(countedIds(), clock, waiting, () => {})
  const { signal } = new AbortController()
  const request = requests.prepare(QUESTION, { turnId: null, callId: null, deadlineMs: null })
  const first = requests.open<'userInput'>(request, signal)
  expect(() => requests.open(request, signal)).toThrow(expect.objectContaining({ code: 'duplicate_request' }))
  expect(requests.list()).toEqual([request])
  first.settle({ outcome: 'declined' }, null)
  first.settle({ outcome: 'nobody' }, null)
  expect(await first.result).toEqual({ outcome: 'declined' })
  expect([requests.list(), waiting.people.active]).toEqual([[], false])
})

test('a tool that takes its question back hears that it was cancelled, even while an interceptor thinks about it', async () => {
  const payload: RequestPayload<'toolApproval'> = {
    kind: 'toolApproval',
    itemId: 'i' as never,
    namespace: null,
    tool: 'x',
    arguments: {},
    reason: null,
  }
  const tool = new FakeTool('asks', {
    execute: async (context) => {
      const back = new AbortController()
      const asked = context.ask.open(payload, { deadlineMs: null, signal: back.signal })
      back.abort()
      return { kind: 'done', output: { content: JSON.stringify(await asked), success: true } }
    },
  })
  const thinking: Extension = { id: 'thinks', contributes: { approval: { review: () => new Promise(() => {}) } } }
  const { world, watched } = await begin({ tools: [tool], extensions: [thinking] })
  await using _ = world
  expect(outputs(watched)).toEqual(['output c1: {"outcome":"cancelled"}'])
  expect(watched.of('request.opened')).toEqual([])
})

test('a question without a deadline, as somebody without types may ask, waits like one of none', async () => {
  const tool = new FakeTool('asks', {
    execute: async (context) => {
      const options = { signal: context.signal } as Parameters<typeof context.ask.open>[1]
      return { kind: 'done', output: { content: (await context.ask.open(QUESTION, options)).outcome, success: true } }
    },
  })
  const { world, watched } = await begin({ tools: [tool], ports: { answers: () => true } })
  await using _ = world
  await world.clock.advance(60_000)
  expect(watched.thread.pendingRequests()).toMatchObject([{ deadlineAt: null }])
})

test('an approval that a tool asks for itself can abort the turn (F66)', async () => {
  const payload: RequestPayload<'toolApproval'> = {
    kind: 'toolApproval',
    itemId: 'i' as never,
    namespace: null,
    tool: 'asks',
    arguments: {},
    reason: 'sure?',
  }
  const { world, watched } = await begin({
    tools: [asker(payload)],
    approvers: [{ id: 'somebody', presence: 'live', review: async () => ({ kind: 'abort' }) }],
  })
  await using _ = world
  await world.clock.advance(3_000)
  expect(watched.of('turn.completed').map(({ turn }) => turn.status)).toEqual(['interrupted'])
})

test('a new configuration keeps what was approved for the session and drops what is pending (F10)', async () => {
  const approvals = ['approvedForSession', 'hang', 'hang'] as const
  let asked = 0
  const world = new World({
    scripts: [calls(['c1', 'same']), says('one'), calls(['c2', 'other']), calls(['c3', 'same']), says('three')],
    tools: [new FakeTool('same', { immediate: true }), new FakeTool('other', { immediate: true })],
    decide: ({ tool }) => ({ ...ASK, keys: [tool.name] }),
    approvers: [
      {
        id: 'somebody',
        presence: 'live',
        review: async () => (approvals[asked++] === 'hang' ? await new Promise<never>(() => {}) : { kind: 'approvedForSession' }),
      },
    ],
  })
  await using _ = world
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  await watched.thread.run('two')
  await tick()
  expect(watched.thread.pendingRequests()).toHaveLength(1)
  const third = await watched.thread.run('three', { replace: true, settings: { effort: 'high' } })
  const { status } = await world.finish(third.done)
  expect([status, asked, watched.thread.pendingRequests(), watched.thread.snapshot().settings.effort]).toEqual(['completed', 2, [], 'high'])
  expect(watched.history).toContain('output c3: output of c3')
  expect(watched.history[0]).toBe('user: one')
})

test('an approval is asked of interceptors, then session grants, then approvers; only what people said is remembered (R28)', async () => {
  const asked: string[] = []
  let intercepts: ApprovalDecision | 'abstain' = { kind: 'approvedForSession' }
  const world = new World({
    scripts: ['c1', 'c2', 'c3'].flatMap((id) => [calls([id, 'work']), says('done')]),
    tools: [new FakeTool('work', { immediate: true })],
    decide: () => ASK,
    extensions: [
      {
        id: 'guard',
        contributes: {
          approval: {
            review: () => {
              asked.push('interceptor')
              return intercepts
            },
          },
        },
      },
    ],
    approvers: [
      {
        id: 'somebody',
        presence: 'live',
        review: async () => {
          asked.push('approver')
          return { kind: 'approvedForSession' }
        },
      },
    ],
  })
  await using _ = world
  const watched = await world.start()
  await world.finish((await watched.thread.run('decided by the extension')).done)
  expect([asked.splice(0), watched.of('request.opened')]).toEqual([['interceptor'], []])
  intercepts = 'abstain'
  await world.finish((await watched.thread.run('decided by somebody')).done)
  expect([asked.splice(0), watched.of('request.opened').length]).toEqual([['interceptor', 'approver'], 1])
  await world.finish((await watched.thread.run('remembered')).done)
  expect([asked.splice(0), watched.of('request.opened').length]).toEqual([['interceptor'], 1])
})

test('an approval says which call, command and directory it is about, and why (F75)', async () => {
  const { world, watched } = await begin({
    tools: [new FakeTool('asks', { command: true })],
    decide: () => ({ ...ASK, reason: 'it leaves the sandbox' }),
    ports: { answers: () => true },
  })
  await using _ = world
  expect(watched.thread.pendingRequests()).toMatchObject([
    {
      callId: 'c1',
      turnId: watched.of('turn.started')[0]?.turn.id,
      deadlineAt: null,
      payload: {
        kind: 'commandApproval',
        itemId: 'c1',
        command: ['sh', '-c', 'work'],
        cwd: '/repo',
        reason: 'it leaves the sandbox',
        escalated: true,
      },
    },
  ])
})

const ASKED: PermissionSet = { network: true, read: [], write: [AbsolutePath.from('/data'), AbsolutePath.from('/srv/www')] }
const permissions: RequestPayload<'permissions'> = { kind: 'permissions', itemId: 'i' as never, reason: null, permissions: ASKED }

/** Asks for permissions in the first turn, then makes a call in it and one in the next: what the policy was told for each. */
async function granted(value: unknown): Promise<{ readonly given: readonly unknown[]; readonly output: string }> {
  const given: unknown[] = []
  const world = new World({
    scripts: [calls(['c1', 'asks']), calls(['c2', 'work']), says('one'), calls(['c3', 'work']), says('two')],
    tools: [asker(permissions), new FakeTool('work', { immediate: true })],
    decide: (question) => {
      if (question.tool.name === 'work') given.push(question.granted)
      return ALLOW
    },
    approvers: [approver(async () => value as AnyRequestValue)],
  })
  await using _ = world
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  await world.finish((await watched.thread.run('two')).done)
  return { given, output: outputs(watched)[0] ?? '' }
}

const NONE: PermissionSet = { network: null, read: [], write: [] }
const CUT: PermissionSet = { network: null, read: [], write: [AbsolutePath.from('/data/in'), AbsolutePath.from('/srv/www')] }
const ANSWER = { network: false, read: ['/etc'], write: ['/data/in', '/srv', '/home'] }

test.each([
  ['turn', false, [CUT, NONE]],
  ['session', false, [CUT, CUT]],
  ['turn', true, [CUT, NONE]],
  ['session', true, [NONE, NONE]],
] as const)('permissions are cut to what was asked: %s, strict %s (I16)', async (scope, strictAutoReview, expected) => {
  const { given, output } = await granted({ permissions: ANSWER, scope, strictAutoReview })
  expect(given).toEqual(expected)
  expect(JSON.parse(output.slice('output c1: '.length))).toEqual({
    outcome: 'answered',
    value: { permissions: expected[0], scope, strictAutoReview },
  })
})

test.each([
  ['never', 'approval policy is never'],
  [
    { granular: { sandboxApproval: true, rules: true, skillApproval: true, requestPermissions: false, mcpElicitations: true } },
    'request_permissions',
  ],
] as const)('where the policy asks for no permissions nobody is asked: %j', async (approvalPolicy, words) => {
  const world = new World({
    scripts: [calls(['c1', 'asks']), says('end')],
    tools: [asker(permissions)],
    ports: { answers: () => true },
  })
  await using _ = world
  const watched = await world.start({ settings: { approvalPolicy } })
  await world.finish((await watched.thread.run('begin')).done)
  expect(watched.of('request.opened')).toEqual([])
  expect(outputs(watched)[0]).toContain(words)
})

test('what was given for a turn is gone with it; what was given for the session stays (I16)', () => {
  const grants = new Grants()
  grants.remember(['a', 'b'])
  grants.give({ network: true, read: [], write: [] }, 'session', 't1' as never)
  grants.give({ network: null, read: [], write: [AbsolutePath.from('/x')] }, 'turn', 't1' as never)
  expect([grants.permissionsIn('t1' as never).write, grants.permissionsIn('t2' as never).write]).toEqual([['/x'], []])
  expect(grants.permissionsIn('t2' as never)).toEqual({ ...NONE, network: true })
  expect([grants.covers(['a', 'b']), grants.covers(['b', 'c']), grants.covers([])]).toEqual([true, false, false])
})

test('a host that cannot say who answers is warned about, and nobody is asked', async () => {
  const warned: string[] = []
  const answerers = createAnswerers({
    ports: {
      approvers: [],
      answers: () => {
        throw new Error('lost')
      },
    },
    grants: new Grants(),
    contributors: { has: () => false } as never,
    warn: (code) => void warned.push(code),
  })
  const asked = { request: { payload: QUESTION } as never, threadId: 't' as never, keys: [], site: {} as never }
  expect(await answerers.ask(asked, new AbortController().signal)).toEqual({ result: { outcome: 'nobody' }, by: null })
  expect(warned).toEqual(['answers_failed'])
})
