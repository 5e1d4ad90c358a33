import type { RequestMatcher, Rule } from '@octavo/testing'
import { calls, createTestEngine, fails, hangs, rulesModel, says } from '@octavo/testing'
import type { TestEngine, TestThread } from '@octavo/testing'
import type { ModelRequest } from '@octavo/extension-api'
import { review } from '@octavo/extensions/review'
import type { ReviewOptions } from '@octavo/extensions/review'
import type { Admission, ReviewTarget, TurnItem } from '@octavo/protocol'
import { expect, test } from 'vitest'

const UNCOMMITTED: ReviewTarget = { type: 'uncommittedChanges' }

const FOUND = {
  findings: [
    {
      title: '[P1] Check for null',
      body: 'It is null\nwhen empty.',
      confidence_score: 0.9,
      priority: 1,
      code_location: { absolute_file_path: '/repo/a.ts', line_range: { start: 3, end: 4 } },
    },
  ],
  overall_correctness: 'patch is incorrect',
  overall_explanation: 'One case <breaks>.',
  overall_confidence_score: 0.8,
}
const RENDERED = 'One case <breaks>.\n\nReview comment:\n\n- [P1] Check for null — /repo/a.ts:3-4\n  It is null\n  when empty.'

const REVIEWER: RequestMatcher = { instructions: 'You review a change' }

function world(reviewer: Rule['respond'], own: readonly Rule[] = [], options: ReviewOptions = {}): TestEngine {
  return createTestEngine({ model: rulesModel([{ when: REVIEWER, respond: reviewer }, ...own]), extensions: [review(options)] })
}

/** What the model was last told. */
function said(request: ModelRequest | undefined): string {
  const last = request?.input.at(-1)
  return last?.type === 'message' ? last.content.map((part) => ('text' in part ? part.text : '')).join('') : ''
}

async function reviewed(thread: TestThread, target: ReviewTarget = UNCOMMITTED): Promise<Admission> {
  return await thread.thread.submit({ type: 'review', target }).admitted
}

async function ended(thread: TestThread): Promise<void> {
  const isOver = async (): Promise<boolean> => (await thread.events()).some(({ event }) => event.type === 'turn.completed')
  while (!(await isOver())) await new Promise<void>((resolve) => setImmediate(resolve))
}

async function items(thread: TestThread): Promise<TurnItem[]> {
  return (await thread.events()).flatMap(({ event }) => (event.type === 'item.completed' ? [event.item] : []))
}

test('a reviewer of its own looks at a change, and its findings stay in the thread', async () => {
  await using engine = world(
    [calls('exec_command', { cmd: 'git diff HEAD' }), says(JSON.stringify(FOUND))],
    [{ when: { user: 'Fix it' }, respond: says('fixed') }],
  )
  await using thread = await engine.startThread()
  expect(await reviewed(thread)).toMatchObject({ kind: 'started' })
  await ended(thread)
  const told = (await thread.events()).map(({ event }) => event)
  expect(told.find(({ type }) => type === 'turn.started')).toMatchObject({ turn: { kind: 'review' } })
  expect(told.find(({ type }) => type === 'turn.completed')).toMatchObject({ turn: { status: 'completed' }, lastMessage: RENDERED })
  expect((await items(thread)).map(({ type }) => type)).toEqual(['enteredReview', 'commandExecution', 'exitedReview', 'agentMessage'])
  expect((await items(thread)).find(({ type }) => type === 'exitedReview')).toMatchObject({
    review: {
      findings: [{ title: '[P1] Check for null', priority: 1, location: { path: '/repo/a.ts', startLine: 3, endLine: 4 } }],
      overallCorrectness: 'patch is incorrect',
    },
  })
  const [first] = engine.model.requests
  expect(said(first)).toContain('Review everything in this repository that is not committed')
  await thread.run('Fix it')
  const after = JSON.stringify(engine.model.requests.at(-1)?.input)
  expect(after).toContain('<user_action>')
  expect(after).toContain('One case &lt;breaks&gt;.')
  expect(after).toContain(JSON.stringify(RENDERED).slice(1, -1))
})

test('the reviewer sees nothing of the thread, asks nobody and may change nothing', async () => {
  await using engine = world([says('fine')], [{ when: { user: 'secret plan' }, respond: says('noted') }])
  await using thread = await engine.startThread()
  await thread.run('secret plan')
  await reviewed(thread)
  while (engine.model.requests.length < 2) await new Promise<void>((resolve) => setImmediate(resolve))
  const asked = JSON.stringify(engine.model.requests[1]?.input)
  expect(asked).not.toContain('secret plan')
  expect(asked).toContain('Nobody can be asked for approval')
  expect(asked).toContain('read-only sandbox')
})

test.each<[string, Rule['respond'], string]>([
  ['words around JSON', says(`Here it is: ${JSON.stringify({ ...FOUND, findings: [] })} done`), 'One case <breaks>.'],
  ['words alone', says('Looks {fine} to me'), 'Looks {fine} to me'],
  ['nothing', says(''), 'The reviewer gave no answer.'],
])('an answer of %s is read as far as it can be', async (_what, answer, rendered) => {
  await using engine = world(answer)
  await using thread = await engine.startThread()
  await reviewed(thread)
  await ended(thread)
  expect((await items(thread)).at(-1)).toMatchObject({ type: 'agentMessage', text: rendered })
})

test('a review that is cut has its exit item, and the thread knows', async () => {
  await using engine = world(hangs(), [{ when: { user: 'And now?' }, respond: says('start again?') }])
  await using thread = await engine.startThread()
  await reviewed(thread)
  while (engine.model.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  const steer = await thread.thread.submit({ type: 'userInput', items: [{ type: 'text', text: 'hurry' }] }).admitted
  expect(steer).toMatchObject({ kind: 'refused' })
  await thread.thread.submit({ type: 'interrupt' }).admitted
  await ended(thread)
  expect((await items(thread)).at(-1)).toMatchObject({ type: 'exitedReview', review: null })
  const history = JSON.stringify(await thread.history())
  expect(history).toContain('the review was interrupted')
  await thread.run('And now?')
})

test('a reviewer that fails fails the turn, and says why', async () => {
  await using engine = world(fails('invalid_request'))
  await using thread = await engine.startThread()
  await reviewed(thread)
  await ended(thread)
  const end = (await thread.events()).map(({ event }) => event).find(({ type }) => type === 'turn.completed')
  expect(end).toMatchObject({ turn: { status: 'failed' }, error: { message: expect.stringContaining('the reviewer failed') } })
  expect((await items(thread)).at(-1)).toMatchObject({ type: 'exitedReview', review: null })
})

test.each<[ReviewTarget, ReviewOptions, RegExp]>([
  [{ type: 'commit', sha: 'abcdef0123', title: 'add a thing' }, {}, /commit abcdef0123 \("add a thing"\)/],
  [{ type: 'baseBranch', branch: 'main' }, {}, /git merge-base HEAD/],
  [{ type: 'baseBranch', branch: 'main' }, { mergeBase: async () => 'c0ffee' }, /at commit c0ffee: git diff c0ffee/],
  [{ type: 'custom', instructions: ' Look at the tests ' }, {}, /Look at the tests$/],
])('the reviewer is told what to look at: %j', async (target, options, expected) => {
  await using engine = world(says('fine'), [], { model: 'reviewer', ...options })
  await using thread = await engine.startThread()
  await reviewed(thread, target)
  await ended(thread)
  const [request] = engine.model.requests
  expect(said(request)).toMatch(expected)
  expect(request?.model).toBe('reviewer')
})

test('a review of nothing in particular, or while something runs, is refused', async () => {
  await using engine = createTestEngine({ model: [hangs()], script: 'free', extensions: [review()] })
  await using thread = await engine.startThread()
  expect(await reviewed(thread, { type: 'custom', instructions: ' ' })).toMatchObject({
    kind: 'refused',
    error: { message: 'Review prompt cannot be empty' },
  })
  const turn = await thread.start('begin')
  expect(await reviewed(thread)).toMatchObject({ kind: 'refused', error: { code: 'turn_active' } })
  await turn.interrupt()
})
