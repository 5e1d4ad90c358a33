import type { AskResult, Delegate, DelegateRequest } from '@octavo/extension-api'
import type { ApprovalDecision, EventOf, PendingRequest, RequestPayload } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ASK, outline, World } from './fake-engine.ts'
import type { Watched, WorldOptions } from './fake-engine.ts'
import { FakeApprover } from './fakes/approver.ts'
import { tick } from './fakes/clock.ts'
import { asked, heard, Hosts, NEVER } from './fakes/family.ts'
import { calls, gate, says, saying } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

interface Family {
  readonly world: World
  readonly parent: Watched
  readonly spawn: (request?: Partial<DelegateRequest>) => Promise<Delegate>
}

/** A parent whose delegates have to ask for every call of theirs. */
async function family(options: WorldOptions): Promise<Family> {
  const hosts = new Hosts()
  const world = new World({ decide: () => ASK, ...options, extensions: [hosts.extension] })
  const parent = await world.start()
  return { world, parent, spawn: (request) => hosts.of(parent.thread.id).spawn(asked(request), NEVER) }
}

const ANSWERED_BY_OPS = { ports: { answers: () => true } }

function answer(parent: Watched, request: PendingRequest | undefined, value: ApprovalDecision): void {
  if (request === undefined) throw new Error('nothing is asked')
  parent.thread.submit({ type: 'answer', requestId: request.id, kind: 'commandApproval', value })
}

function outcomes(watched: Watched): EventOf<'request.resolved'>['outcome'][] {
  return watched.of('request.resolved').map(({ outcome }) => outcome)
}

test('an approval of a delegate is asked in the parent, and its own readers hear none of it (F109, F116)', async () => {
  const approver = new FakeApprover()
  const work = new FakeTool('work', { command: true })
  const { world, parent, spawn } = await family({ scripts: [calls(['c1', 'work']), says('end')], tools: [work], approvers: [approver] })
  await using _ = world
  const delegate = await spawn()
  const events = heard(delegate)
  await tick()
  const [pending] = parent.thread.pendingRequests()
  const child = world.engine.threads().find(({ id }) => id === delegate.threadId)
  const [own] = child?.pendingRequests() ?? []
  expect(pending).toMatchObject({
    payload: { kind: 'commandApproval', command: ['sh', '-c', 'work'] },
    turnId: null,
    origin: { threadId: delegate.threadId, turnId: child?.snapshot().turn?.id, requestId: own?.id },
  })
  expect(new Set([pending?.id, own?.id, own?.turnId]).size).toBe(3)
  expect(approver.asked.map(({ request }) => [request.threadId, request.turnId])).toEqual([[parent.thread.id, own?.turnId]])
  approver.asked[0]?.answer.resolve({ kind: 'approved' })
  await tick()
  work.last.finish()
  expect(await delegate.result(NEVER)).toMatchObject({ lastMessage: 'end' })
  expect(outcomes(parent)).toEqual([{ outcome: 'answered', by: 'somebody' }])
  expect(events.filter(({ event }) => event.type.startsWith('request'))).toEqual([])
})

test('two approvals of a delegate stand side by side, and each gets its own answer (F116, I25)', async () => {
  const work = new FakeTool('work', { command: true })
  const { world, parent, spawn } = await family({
    scripts: [calls(['c1', 'work'], ['c2', 'work']), says('end')],
    tools: [work],
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const delegate = await spawn()
  await tick()
  const [first, second] = parent.thread.pendingRequests()
  answer(parent, second, { kind: 'denied', message: 'not this' })
  answer(parent, first, { kind: 'approved' })
  await tick()
  work.last.finish('it ran')
  await delegate.result(NEVER)
  expect(outline(world.model.requests[1]?.input ?? []).slice(-2)).toEqual(['output c1: it ran', 'output c2: not this'])
  expect(outcomes(parent)).toEqual([
    { outcome: 'answered', by: 'client' },
    { outcome: 'answered', by: 'client' },
  ])
})

test('nobody attached to the parent: the delegate is told at once', async () => {
  const work = new FakeTool('work', { command: true })
  const { world, parent, spawn } = await family({ scripts: [calls(['c1', 'work']), says('end')], tools: [work] })
  await using _ = world
  await (await spawn()).result(NEVER)
  expect(outcomes(parent)).toEqual([{ outcome: 'nobody', by: null }])
  expect(outline(world.model.requests[1]?.input ?? []).at(-1)).toContain('nobody is attached to answer')
})

test('while a person thinks about one call, everything else of the delegate goes on (H9)', async () => {
  const free = new FakeTool('free')
  const work = new FakeTool('work', { command: true })
  const open = gate()
  const { world, parent, spawn } = await family({
    scripts: [[...saying('wait'), open, ...calls(['c1', 'work'], ['c2', 'free'])], says('end')],
    tools: [work, free],
    decide: ({ tool }) => (tool.name === 'work' ? ASK : { kind: 'allow', grant: ASK.kind === 'ask' ? ASK.grant : never(), trace: [] }),
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const delegate = await spawn()
  const events = heard(delegate)
  open.resolve()
  await tick()
  expect(parent.thread.pendingRequests().length).toBe(1)
  free.last.finish()
  await tick()
  expect(events.flatMap(({ event }) => (event.type === 'item.completed' ? [event.item.id] : []))).toContain('c2')
  expect(await delegate.submit({ type: 'settings', settings: { effort: 'low' } })).toEqual({ kind: 'applied' })
  answer(parent, parent.thread.pendingRequests()[0], { kind: 'denied', message: null })
  expect((await delegate.result(NEVER)).status.kind).toBe('completed')
})

function never(): never {
  throw new Error('the verdict asks')
}

test('a cut wins over a decision of the same moment, and no request is left open (F111, I25)', async () => {
  const approver = new FakeApprover()
  const work = new FakeTool('work', { command: true })
  const { world, parent, spawn } = await family({ scripts: [calls(['c1', 'work'])], tools: [work], approvers: [approver] })
  await using _ = world
  const until = new AbortController()
  const delegate = await spawn({ until: until.signal })
  await tick()
  const [ask] = approver.asked
  ask?.answer.resolve({ kind: 'approved' })
  until.abort()
  await tick()
  expect(work.calls).toEqual([])
  expect(ask?.signal.aborted).toBe(true)
  expect(parent.thread.pendingRequests()).toEqual([])
  expect(outcomes(parent)).toEqual([{ outcome: 'cancelled', by: null }])
  expect(delegate.status.kind).toBe('closed')
})

test('an interrupt of the delegate takes its request from the parent, and nothing else', async () => {
  const work = new FakeTool('work', { command: true })
  const { world, parent, spawn } = await family({
    scripts: [calls(['c1', 'work']), calls(['c2', 'work'])],
    tools: [work],
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const [first, second] = [await spawn(), await spawn()]
  await tick()
  expect(parent.thread.pendingRequests().length).toBe(2)
  await first.submit({ type: 'interrupt' })
  await tick()
  expect(parent.thread.pendingRequests().map(({ origin }) => origin?.threadId)).toEqual([second.threadId])
  expect([first.status.kind, second.status.kind]).toEqual(['interrupted', 'running'])
})

const QUESTION: RequestPayload<'userInput'> = { kind: 'userInput', questions: [] }

/** A tool that asks the user, and says what it heard. */
function asking(results: AskResult<'userInput'>[]): FakeTool {
  return new FakeTool('ask', {
    execute: async ({ ask, signal }) => {
      const result = await ask.open(QUESTION, { deadlineMs: null, signal })
      results.push(result)
      return { kind: 'done', output: { content: JSON.stringify(result), success: true } }
    },
  })
}

test('a question of a delegate is the parent’s to answer (F109)', async () => {
  const results: AskResult<'userInput'>[] = []
  const { world, parent, spawn } = await family({
    scripts: [calls(['c1', 'ask']), says('end')],
    tools: [asking(results)],
    decide: () => ({ kind: 'allow', grant: ASK.kind === 'ask' ? ASK.grant : never(), trace: [] }),
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const delegate = await spawn()
  await tick()
  const [pending] = parent.thread.pendingRequests()
  if (pending === undefined) throw new Error('nothing is asked')
  parent.thread.submit({ type: 'answer', requestId: pending.id, kind: 'userInput', value: { answers: { a: ['yes'] } } })
  await delegate.result(NEVER)
  expect(results).toEqual([{ outcome: 'answered', value: { answers: { a: ['yes'] } } }])
})

test('a question that is cut with its delegate has empty answers, and leaves the parent’s list (F112)', async () => {
  const results: AskResult<'userInput'>[] = []
  const { world, parent, spawn } = await family({
    scripts: [calls(['c1', 'ask'])],
    tools: [asking(results)],
    decide: () => ({ kind: 'allow', grant: ASK.kind === 'ask' ? ASK.grant : never(), trace: [] }),
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const delegate = await spawn()
  await tick()
  expect(parent.thread.pendingRequests().length).toBe(1)
  await delegate[Symbol.asyncDispose]()
  expect(results).toEqual([{ outcome: 'answered', value: { answers: {} } }])
  expect(parent.thread.pendingRequests()).toEqual([])
  expect(outcomes(parent)).toEqual([{ outcome: 'cancelled', by: null }])
})

test('an approval for the session is the delegate’s, and is not asked for again', async () => {
  const work = new FakeTool('work', { command: true, immediate: true })
  const { world, parent, spawn } = await family({
    scripts: [calls(['c1', 'work']), calls(['c2', 'work']), says('end'), calls(['c3', 'work'])],
    tools: [work],
    ...ANSWERED_BY_OPS,
  })
  await using _ = world
  const delegate = await spawn()
  await tick()
  answer(parent, parent.thread.pendingRequests()[0], { kind: 'approvedForSession' })
  await delegate.result(NEVER)
  expect(parent.of('request.opened').length).toBe(1)
  await parent.thread.run('now you')
  await tick()
  expect(parent.thread.pendingRequests().map(({ origin }) => origin)).toEqual([undefined])
})
