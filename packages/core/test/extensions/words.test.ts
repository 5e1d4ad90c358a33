import type { Extension, PromptFragment } from '@octavo/extension-api'
import { isContextualMessage } from '@octavo/protocol'
import type { MessageItem, ResponseItem, TurnItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { brokenByEvents } from '../invariants.ts'
import { World } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { added, breaks, calls, completed, done, gate, message, saying, says, text } from '../fakes/model.ts'
import { FakeTool } from '../fakes/tools.ts'
import { moving } from './moving.ts'

/** Texts of the messages of a request with these words in them, each with its role. */
function withWords(input: readonly ResponseItem[] | undefined, words: string): string[] {
  return messagesOf(input).flatMap(({ role, content }) =>
    content.flatMap((part) => ('text' in part && part.text.includes(words) ? [`${role}: ${part.text}`] : [])),
  )
}

function messagesOf(input: readonly ResponseItem[] | undefined): MessageItem[] {
  return (input ?? []).flatMap((item) => (item.type === 'message' ? [item] : []))
}

const words = (id: string): Extension => ({
  id,
  contributes: {
    context: {
      thread: () => [
        { slot: 'developer', text: `context: rules of ${id}` },
        { slot: 'developer', text: `more rules of ${id}` },
        { slot: 'developerMessage', text: `context: a message of ${id}` },
      ],
      turn: () => [{ slot: 'developer', text: `context: this turn of ${id}` }],
    },
  },
})

test('words for the context stand in their slots, those for the thread before those for the turn, by registration', async () => {
  await using world = new World({ extensions: [words('a'), words('b')] })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  expect(withWords(world.model.requests[0]?.input, 'context: ')).toEqual([
    'developer: context: rules of a\n\nmore rules of a',
    'developer: context: rules of b\n\nmore rules of b',
    'developer: context: this turn of a',
    'developer: context: this turn of b',
    'developer: context: a message of a',
    'developer: context: a message of b',
  ])
})

test('words for the thread are asked for once in a window, those for a turn once in a turn, and told again when they changed', async () => {
  const asked: string[] = []
  const turns: PromptFragment[][] = [
    [{ slot: 'user', text: 'context: sunny' }],
    [{ slot: 'user', text: 'context: sunny' }],
    [{ slot: 'user', text: 'context: rainy' }],
    [],
  ]
  const extension: Extension = {
    id: 'weather',
    contributes: {
      context: {
        thread: () => (asked.push('thread'), [{ slot: 'developer', text: 'context: you like weather' }]),
        turn: () => (asked.push('turn'), turns.shift() ?? []),
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  for (const input of ['one', 'two', 'three', 'four']) await moving(world, (await watched.thread.run(input)).done)
  expect(asked).toEqual(['thread', 'turn', 'turn', 'turn', 'turn'])
  expect(world.model.requests.map(({ input }) => withWords(input, 'context: ').length)).toEqual([2, 2, 3, 3])
  world.model.scripts = [says('a summary')]
  await watched.thread.submit({ type: 'compact' }).admitted
  await tick()
  await moving(world, (await watched.thread.run('five')).done)
  expect(asked.slice(5)).toEqual(['thread', 'turn'])
  expect(withWords(world.model.requests.at(-1)?.input, 'context: ')).toEqual(['developer: context: you like weather'])
})

test('words that were told are not told again when the thread is resumed', async () => {
  const extension: Extension = {
    id: 'rules',
    contributes: { context: { thread: () => [{ slot: 'developer', text: 'context: be kind' }] } },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  await moving(world, watched.thread[Symbol.asyncDispose]())
  const again = await world.resume(watched.thread.id)
  await moving(world, (await again.thread.run('two')).done)
  expect(withWords(world.model.requests[1]?.input, 'context: ')).toEqual(['developer: context: be kind'])
})

test('words that go with an input stand behind it and are not the user’s; skills that it names are told first', async () => {
  const seen: string[] = []
  const extension: Extension = {
    id: 'skills',
    contributes: {
      skillInvocation: { invoked: ({ name, path, how }) => void seen.push(`${how} ${name} ${path}`) },
      turnInput: {
        contribute: (input) => {
          seen.push(input.map(({ type }) => type).join())
          return ['how to cook', 'and to serve']
        },
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  const input = [{ type: 'text', text: 'dinner' } as const, { type: 'skill', name: 'cook', path: '/cook' } as const]
  await moving(world, (await watched.thread.run(input)).done)
  expect(seen).toEqual(['explicit cook /cook', 'text,skill'])
  const said = messagesOf(world.model.requests[0]?.input).slice(-2)
  expect(said.map((each) => [each.role, isContextualMessage(each), each.content.map((part) => ('text' in part ? part.text : ''))])).toEqual(
    [
      ['user', false, ['dinner']],
      ['user', true, ['how to cook', 'and to serve']],
    ],
  )
  expect(watched.of('item.completed').filter(({ item }) => item.type === 'userMessage')).toHaveLength(1)
})

test('input whose words are still awaited when the turn is cut is given back', async () => {
  const extension: Extension = { id: 'slow', contributes: { turnInput: { contribute: async () => await new Promise<string[]>(() => {}) } } }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  const turn = await watched.thread.run('one')
  await tick()
  await turn.interrupt()
  const result = await moving(world, turn.done)
  expect(result).toMatchObject({ status: 'interrupted', unused: [{ type: 'text', text: 'one' }] })
  expect(world.clock.sleeping).toBe(0)
})

const shaping = (rewrites: boolean, item: (item: TurnItem) => TurnItem): Extension => ({
  id: 'shape',
  contributes: { turnItems: { rewrites, item } },
})
const loud = (item: TurnItem): TurnItem => (item.type === 'agentMessage' ? { ...item, text: item.text.toUpperCase() } : item)

test('where words may be rewritten, a message is told when it is whole, and its deltas say what it completes with', async () => {
  const waiting = gate()
  const script = [added(0, message('')), text(0, 'se'), waiting, text(0, 'cret'), done(0, message('secret')), completed()]
  await using world = new World({ scripts: [script], extensions: [shaping(true, loud)] })
  const watched = await world.start()
  const turn = await watched.thread.run('one')
  await tick()
  expect(watched.of('item.started').map(({ item }) => item.type)).toEqual(['userMessage'])
  waiting.resolve()
  const result = await moving(world, turn.done)
  expect(watched.of('item.delta').map(({ delta }) => delta)).toEqual(['SECRET'])
  expect(result.lastMessage).toBe('SECRET')
  expect(brokenByEvents(watched.events.filter(({ event }) => event.type !== 'thread.closed'))).toEqual([])
  expect(watched.history).toEqual(['user: one', 'assistant: secret'])
})

test('a response that breaks before its words were rewritten shows nothing of them', async () => {
  await using world = new World({
    scripts: [[...saying('half').slice(0, 2), breaks()], says('whole')],
    extensions: [shaping(true, loud)],
  })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  expect(watched.of('item.completed').map(({ item, withdrawn }) => [item.type, withdrawn])).toEqual([
    ['userMessage', false],
    ['agentMessage', false],
  ])
})

const phase = (item: TurnItem): TurnItem => (item.type === 'agentMessage' ? { ...item, phase: 'commentary' } : item)

test('where nothing is rewritten streaming is as without extensions, and words that were streamed cannot be changed', async () => {
  await using quiet = new World({ scripts: [says('hello')], extensions: [shaping(false, phase)] })
  const watched = await quiet.start()
  await moving(quiet, (await watched.thread.run('one')).done)
  expect(watched.of('item.delta').map(({ delta }) => delta)).toEqual(['hel', 'lo'])
  expect(watched.of('item.completed').at(-1)?.item).toMatchObject({ text: 'hello', phase: 'commentary' })
  await using wrong = new World({ scripts: [says('hello')], extensions: [shaping(false, loud)] })
  const other = await wrong.start()
  await moving(wrong, (await other.thread.run('one')).done)
  expect(other.of('item.completed').at(-1)?.item).toMatchObject({ text: 'hello' })
  expect(other.of('warning').map(({ message: said }) => said)).toEqual([
    'extension shape failed in turnItems: it changed words that were streamed; say `rewrites: true`',
  ])
})

test('input that is wanted at the end of a turn is shown as a hook prompt, is not the user’s, and one more step runs', async () => {
  const wanted = ['run the tests']
  const extension: Extension = {
    id: 'tests',
    contributes: { turnEnd: { wantsAnotherStep: () => wanted.splice(0).map((said) => ({ type: 'text', text: said })) } },
  }
  await using world = new World({ scripts: [says('done'), says('tested')], extensions: [extension] })
  const watched = await world.start()
  const result = await moving(world, (await watched.thread.run('one')).done)
  expect(result.lastMessage).toBe('tested')
  expect(watched.of('item.completed').flatMap(({ item }) => (item.type === 'hookPrompt' ? [item.fragments] : []))).toEqual([
    [{ text: 'run the tests', source: 'tests' }],
  ])
  const prompt = messagesOf(world.model.requests[1]?.input).at(-1) as MessageItem
  expect([prompt.role, isContextualMessage(prompt)]).toEqual(['user', true])
  expect(prompt.content).toEqual([{ type: 'input_text', text: '<hook_prompt hook_run_id="tests">run the tests</hook_prompt>' }])
})

test('a turn goes on for extensions eight times at most, and says who wanted more', async () => {
  const extension: Extension = { id: 'endless', contributes: { turnEnd: { wantsAnotherStep: () => [{ type: 'text', text: 'again' }] } } }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  expect((await moving(world, (await watched.thread.run('one')).done)).status).toBe('completed')
  expect(world.model.requests).toHaveLength(9)
  expect(watched.of('warning').map(({ code, source }) => [code, source])).toEqual([['turn_end_limit', 'endless']])
  await moving(world, (await watched.thread.run('two')).done)
  expect(world.model.requests).toHaveLength(18)
})

test('tools that an extension offers are there from the next step on; one whose name is taken is left out, and told once for each list', async () => {
  const own = new FakeTool('work', { immediate: true })
  const lists = [[new FakeTool('work')], [new FakeTool('extra', { immediate: true })]]
  const offering: Extension = { id: 'late', contributes: { tools: { tools: () => lists[0] ?? [] } } }
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [own], extensions: [offering] })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  expect(own.calls).toHaveLength(1)
  expect(watched.of('warning').map(({ message: said }) => said)).toEqual([
    'extension late failed in tools: tool work is offered by both tools and late; rename one of them',
  ])
  lists.shift()
  world.model.scripts = [calls(['c2', 'extra']), says('end')]
  await moving(world, (await watched.thread.run('two')).done)
  expect(watched.history).toContain('output c2: output of c2')
})
