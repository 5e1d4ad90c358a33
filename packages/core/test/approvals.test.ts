import { Deferred } from '@octavo/base'
import type { ApprovalRequest, Approver, PolicyQuestion, PolicyVerdict } from '@octavo/extension-api'
import type { ApprovalDecision, EventOf } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ALLOW, ASK, GRANT, outline, WIDE, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

/** Somebody who answers when the test says so. */
class FakeApprover implements Approver {
  readonly id = 'somebody'
  readonly presence = 'live'
  readonly asked: {
    readonly request: ApprovalRequest
    readonly answer: Deferred<ApprovalDecision | 'abstain'>
    readonly signal: AbortSignal
  }[] = []

  async review(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision | 'abstain'> {
    const answer = new Deferred<ApprovalDecision | 'abstain'>()
    this.asked.push({ request, answer, signal })
    return await answer.promise
  }
}

const ask = (): PolicyVerdict => ASK

/** A turn of one call that has to be asked for. */
async function asking(world: World): Promise<Watched> {
  const watched = await world.start()
  await watched.thread.run('begin')
  await tick()
  return watched
}

function resolved(watched: Watched): EventOf<'request.resolved'>['outcome'][] {
  return watched.of('request.resolved').map(({ outcome }) => outcome)
}

test('nobody attached: denied in the same tick, in words that name the policy, and the turn goes on (F70, R36)', async () => {
  const tool = new FakeTool('work', { command: true })
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool], decide: ask })
  const watched = await asking(world)
  const opened = watched.events.findIndex(({ event }) => event.type === 'request.opened')
  const types = watched.events.slice(opened, opened + 4).map(({ event }) => event.type)
  expect(types.filter((type) => type.startsWith('request'))).toEqual(['request.opened', 'request.resolved'])
  expect(resolved(watched)).toEqual([{ outcome: 'nobody', by: null }])
  expect(outline(world.model.requests[1]?.input ?? [])[2]).toMatch(
    /^output c1: exec command rejected by user: approval policy on-request asks/,
  )
  expect(tool.calls).toEqual([])
  expect(watched.of('turn.completed')[0]?.turn.status).toBe('completed')
})

test('an approval gives the grant of the verdict, and says that somebody was asked', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [approver] })
  const watched = await asking(world)
  expect(watched.thread.snapshot().status).toEqual({ kind: 'active', waitingOnApproval: true, waitingOnInput: false })
  approver.asked[0]?.answer.resolve({ kind: 'approved' })
  await tick()
  expect([tool.last.context.grant, tool.last.context.autoApproved]).toEqual([WIDE, false])
  expect(resolved(watched)).toEqual([{ outcome: 'answered', by: 'somebody' }])
  tool.last.finish()
})

test('the first who does not abstain decides', async () => {
  const [first, second] = [new FakeApprover(), new FakeApprover()]
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [first, second] })
  const watched = await asking(world)
  expect([first.asked.length, second.asked.length]).toEqual([1, 0])
  first.asked[0]?.answer.resolve('abstain')
  await tick()
  second.asked[0]?.answer.resolve({ kind: 'denied', message: 'not today' })
  await tick()
  expect(watched.of('item.completed').map(({ item }) => (item.type === 'toolCall' ? [item.status, item.error] : item.type))).toContainEqual(
    ['declined', 'not today'],
  )
})

test('an answer that comes as an op settles the request once, before anybody else, and its event names the op (F2, H5)', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [approver] })
  const watched = await asking(world)
  const [request] = watched.thread.pendingRequests()
  const op = { type: 'answer', requestId: request?.id as never, kind: 'toolApproval', value: { kind: 'approved' } } as const
  const first = watched.thread.submit(op)
  const second = watched.thread.submit(op)
  expect([await first.admitted, await second.admitted]).toMatchObject([
    { kind: 'applied' },
    { kind: 'refused', error: { code: 'unknown_request' } },
  ])
  approver.asked[0]?.answer.resolve({ kind: 'denied', message: null })
  await tick()
  expect(approver.asked[0]?.signal.aborted).toBe(true)
  const told = watched.events.filter(({ event }) => event.type === 'request.resolved')
  expect(told.map(({ cause, event }) => [cause, event])).toMatchObject([[first.id, { outcome: { outcome: 'answered', by: 'client' } }]])
  expect(tool.calls).toHaveLength(1)
})

test('a request is registered before it is told: an answer from the listener itself counts (H5)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [new FakeApprover()] })
  const watched = await world.start()
  watched.thread.on('request.opened', ({ request }) => {
    watched.thread.submit({ type: 'answer', requestId: request.id, kind: 'toolApproval', value: { kind: 'approved' } })
  })
  const result = await world.finish((await watched.thread.run('begin')).done)
  expect([result.status, tool.calls.length]).toEqual(['completed', 1])
})

test('what is asked in one turn at once is answered each by its own id (F116)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({
    scripts: [calls(['c1', 'work'], ['c2', 'work'])],
    tools: [tool],
    decide: ask,
    approvers: [new FakeApprover()],
  })
  const watched = await asking(world)
  const requests = watched.thread.pendingRequests()
  expect(requests.map(({ callId }) => callId)).toEqual(['c1', 'c2'])
  for (const [kind, request] of [
    ['denied', requests[1]],
    ['approved', requests[0]],
  ] as const) {
    const value: ApprovalDecision = kind === 'denied' ? { kind, message: 'no' } : { kind }
    await watched.thread.submit({ type: 'answer', requestId: request?.id as never, kind: 'toolApproval', value }).admitted
  }
  await tick()
  expect(watched.history.filter((line) => line.startsWith('output'))).toEqual(['output c1: output of c1', 'output c2: no'])
})

test('on an interrupt what is pending is cancelled, not declined, and the call aborted (F23)', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [approver] })
  const watched = await asking(world)
  watched.thread.submit({ type: 'interrupt' })
  await world.clock.advance(3_000)
  expect(resolved(watched)).toEqual([{ outcome: 'cancelled', by: null }])
  expect(watched.thread.pendingRequests()).toEqual([])
  expect([tool.calls.length, approver.asked[0]?.signal.aborted]).toEqual([0, true])
  expect(watched.history.slice(-2)).toEqual(['output c1: aborted by user after 0.1s', 'note'])
})

test('a live approver that is gone while asked denies (F70)', async () => {
  const approver = new FakeApprover()
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('end')],
    tools: [new FakeTool('work')],
    decide: ask,
    approvers: [approver],
  })
  const watched = await asking(world)
  approver.asked[0]?.answer.reject(new Error('disposed'))
  await tick()
  expect(resolved(watched)).toEqual([{ outcome: 'declined', by: 'somebody' }])
  expect(watched.history).toContain('output c1: work rejected by user')
})

test('abort answers the call and cuts the turn', async () => {
  const approver = new FakeApprover()
  const other = new FakeTool('other')
  await using world = new World({
    scripts: [calls(['c1', 'work'], ['c2', 'other'])],
    tools: [new FakeTool('work'), other],
    decide: ({ tool }) => (tool.name === 'work' ? ASK : ALLOW),
    approvers: [approver],
  })
  const watched = await asking(world)
  approver.asked[0]?.answer.resolve({ kind: 'abort' })
  await world.clock.advance(3_000)
  expect(watched.of('turn.completed')[0]?.turn).toMatchObject({ status: 'interrupted', reason: 'interrupted' })
  expect(watched.history).toEqual([
    'user: begin',
    'call c1',
    'call c2',
    'output c1: aborted by user',
    'output c2: aborted by user after 0.1s',
    'note',
  ])
})

test('what was approved for the session is not asked again, in a later turn either (R28)', async () => {
  const approver = new FakeApprover()
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('one'), calls(['c2', 'work']), says('two')],
    tools: [new FakeTool('work', { immediate: true })],
    decide: ask,
    approvers: [approver],
  })
  const watched = await asking(world)
  approver.asked[0]?.answer.resolve({ kind: 'approvedForSession' })
  await tick()
  await world.finish((await watched.thread.run('again')).done)
  expect(approver.asked).toHaveLength(1)
  expect(watched.history).toContain('output c2: output of c2')
})

/** Allows inside the sandbox; asks for more when it was denied there. */
function sandboxed({ denial }: PolicyQuestion): PolicyVerdict {
  return denial === null ? ALLOW : ASK
}

test('a denial is decided once more, and the second attempt is of the same item (F73)', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work', { command: true, onDenied: 'ask' })
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: sandboxed, approvers: [approver] })
  const watched = await asking(world)
  tool.last.deny()
  await tick()
  approver.asked[0]?.answer.resolve({ kind: 'approved' })
  await tick()
  expect(tool.calls.map(({ context }) => [context.attempt, context.grant])).toEqual([
    [1, GRANT],
    [2, WIDE],
  ])
  tool.last.finish('done after all')
  await tick()
  const items = watched.events.flatMap(({ event }) => ('item' in event && event.item.id === ('c1' as never) ? [event] : []))
  expect(items.map((event) => [event.type, 'attempt' in event ? event.attempt : null])).toEqual([
    ['item.started', null],
    ['item.updated', 2],
    ['item.completed', null],
  ])
  expect(watched.history).toContain('output c1: done after all')
})

test.each([
  { onDenied: 'report', asked: 0 },
  { onDenied: 'ask', asked: 1 },
] as const)('a denial that is not retried is the answer: $onDenied', async ({ onDenied, asked }) => {
  const tool = new FakeTool('work', { onDenied })
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: sandboxed })
  const watched = await asking(world)
  tool.last.deny()
  await tick()
  expect(tool.calls).toHaveLength(1)
  expect(watched.history).toContain('output c1: c1 was denied')
  expect(watched.of('request.opened')).toHaveLength(asked)
})

test('a denial that comes after the turn was cut asks nobody', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work', { onDenied: 'ask', deaf: true })
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: sandboxed, approvers: [approver] })
  const watched = await asking(world)
  watched.thread.submit({ type: 'interrupt' })
  await tick()
  tool.last.deny()
  await world.clock.advance(3_000)
  expect([approver.asked.length, watched.of('request.opened').length]).toEqual([0, 0])
})

test('time that a call waits for people is told to it (R37)', async () => {
  const approver = new FakeApprover()
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], decide: ask, approvers: [approver] })
  await asking(world)
  await world.clock.advance(7_000)
  approver.asked[0]?.answer.resolve({ kind: 'approved' })
  await tick()
  expect(tool.last.context.pausedMs()).toBe(7_000)
  tool.last.finish()
})

test('a question of a call expires at its deadline, and ends with the call whatever signal it was given (R37)', async () => {
  const never = new AbortController().signal
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], ports: { answers: () => true } })
  const watched = await asking(world)
  const { ask: asker } = tool.last.context
  const expiring = asker.open({ kind: 'userInput', questions: [] }, { deadlineMs: 1_000, signal: never })
  await tick()
  expect(watched.thread.snapshot().status).toMatchObject({ waitingOnInput: true })
  await world.clock.advance(1_000)
  expect(await expiring).toEqual({ outcome: 'expired' })
  const forgotten = asker.open({ kind: 'userInput', questions: [] }, { deadlineMs: null, signal: never })
  tool.last.finish()
  await tick()
  expect(await forgotten).toEqual({ outcome: 'cancelled' })
  expect(resolved(watched).map(({ outcome }) => outcome)).toEqual(['expired', 'cancelled'])
  expect(watched.thread.pendingRequests()).toEqual([])
})
