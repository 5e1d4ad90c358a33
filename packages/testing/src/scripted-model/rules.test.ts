import type { ModelRequest } from '@octavo/extension-api'
import type { ResponseItem, SessionId, ThreadId, TurnId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'
import { calls, fails, rulesModel, says, ScriptMismatch } from './index.ts'
import type { RequestMatcher, ScriptedModelProvider } from './index.ts'

const never = new AbortController().signal

function request(...input: ResponseItem[]): ModelRequest {
  return {
    model: 'scripted-model',
    instructions: 'You review code.',
    input,
    tools: [],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: 'key',
    identity: { threadId: 't' as ThreadId, sessionId: 's' as SessionId, turnId: 'u' as TurnId, window: 't:0' },
    clientMetadata: {},
  }
}

const user = (text: string): ResponseItem => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
const assistant = (text: string): ResponseItem => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] })
const context: ResponseItem = user('<environment_context>\n<cwd>/repo</cwd>\n</environment_context>')
const call = (name: string, id: string): ResponseItem => ({ type: 'function_call', name, arguments: '{"deep":1}', call_id: id })
const output = (id: string, text: string): ResponseItem => ({ type: 'function_call_output', call_id: id, output: text })

/** The text the model answers, or what it throws. */
async function ask(model: ScriptedModelProvider, ...input: ResponseItem[]): Promise<string> {
  const asked = request(...input)
  await using client = await model.connect({ threadId: asked.identity.threadId, turnId: asked.identity.turnId })
  let text = ''
  for await (const event of client.stream(asked, never)) if (event.type === 'text.delta') text += event.delta
  return text
}

describe('a rule matches', () => {
  const conversation = [
    context,
    user('review a.ts'),
    call('read', 'c1'),
    call('list', 'c2'),
    output('c1', 'line one'),
    output('c2', 'two files'),
  ]

  test.each<[string, RequestMatcher]>([
    ['a text in an output', 'line one'],
    ['a pattern over an output', /two f\w+/],
    ['a pattern that keeps its place between uses', /two/g],
    ['a function', ({ input }) => input.length === 6],
    ['the tool of an output', { tool: 'list' }],
    ['an output of a tool', { tool: 'read', output: 'one' }],
    ['the instructions', { instructions: 'review' }],
    ['the model', { model: 'scripted-model' }],
    ['words of the user long ago', { anywhere: 'review a.ts' }],
    ['what the engine added', { anywhere: '/repo' }],
    ['arguments of a call', { anywhere: 'deep' }],
    ['everything at once', { tool: 'list', output: /files/, anywhere: 'a.ts', instructions: /code/ }],
  ])('%s', async (_what, when) => {
    const model = rulesModel([{ when, respond: says('yes') }])
    expect([await ask(model, ...conversation), await ask(model, ...conversation)]).toEqual(['yes', 'yes'])
  })

  test.each<[string, RequestMatcher]>([
    ['words of the user that the model has answered', 'review'],
    ['the same, asked for by name', { user: 'review' }],
    ['an output of another tool', { tool: 'list', output: 'one' }],
    ['another model', { model: 'other' }],
    ['other instructions', { instructions: 'write' }],
    ['nothing of the input', { anywhere: 'b.ts' }],
  ])('not %s', async (_what, when) => {
    const model = rulesModel([{ when, respond: says('yes') }])
    await expect(ask(model, ...conversation)).rejects.toBeInstanceOf(ScriptMismatch)
  })

  test('what the user said last, and no note of the engine', async () => {
    const model = rulesModel([{ when: { user: 'go on' }, respond: says('yes') }])
    expect(await ask(model, user('one'), assistant('two'), user('go on'))).toBe('yes')
    await expect(ask(rulesModel([{ when: 'environment', respond: says('no') }]), context)).rejects.toBeInstanceOf(ScriptMismatch)
  })
})

describe('rules', () => {
  test('are tried in order, and one that is spent is passed over', async () => {
    const model = rulesModel([
      { when: 'a', respond: [says('first'), says('second')] },
      { when: 'a', respond: (_request, index) => says(`later ${index}`), times: { min: 0, max: 2 } },
      { when: /./, respond: says('any') },
    ])
    const answers: string[] = []
    for (const text of ['a', 'a', 'a', 'a', 'a', 'b']) answers.push(await ask(model, user(text)))
    expect(answers).toEqual(['first', 'second', 'later 0', 'later 1', 'any', 'any'])
    expect(model.problems()).toEqual([])
  })

  test('that have no answer fail loudly, with the request in short', async () => {
    const model = rulesModel([{ name: 'the greeting', when: 'hello', respond: says('hi'), times: 1 }])
    await ask(model, user('hello'))
    await expect(ask(model, user('one'), assistant('two'), call('read', 'c'), output('c', 'x'.repeat(500)), user('bye'))).rejects.toThrow(
      [
        'no rule answers this request:',
        '  to scripted-model of thread t, with no tools',
        '  … 1 items',
        '  assistant "two"',
        '  function_call c read {"deep":1}',
        `  function_call_output c "${'x'.repeat(136)}… (525 characters)`,
        '  user "bye"',
      ].join('\n'),
    )
    await expect(ask(model, user('hello'))).rejects.toThrow('no rule answers this request any more (the greeting answered 1 times):')
    expect(model.problems()).toHaveLength(2)
  })

  test('say at the end which of them answered too seldom', async () => {
    const model = rulesModel([
      { when: 'a', respond: says('a'), times: 2 },
      { name: 'never', when: 'b', respond: fails('timeout') },
      { when: 'c', respond: says('c'), times: { min: 0 } },
    ])
    await ask(model, user('a'))
    expect([model.problems(), model.remaining]).toEqual([
      ['rule 1 answered 1 of at least 2 times', 'never answered 0 of at least 1 times'],
      2,
    ])
  })

  test('cannot ask for more answers than they have', () => {
    expect(() => rulesModel([{ when: 'a', respond: [calls('x')], times: 2 }])).toThrow(
      'rule 1 is to answer at least 2 times, but can do so only 1 times',
    )
  })
})
