import { CancelledError } from '@octavo/base'
import type { ModelEvent, ModelProvider, ModelRequest } from '@octavo/extension-api'
import {
  calls,
  cassetteModel,
  createTestEngine,
  cutsAfter,
  fails,
  formatCassette,
  hangs,
  ManualClock,
  normalForm,
  raw,
  readCassette,
  recordCassette,
  responds,
  says,
  scriptedModel,
} from '@octavo/testing'
import type { Cassette, RecordOptions, ScriptedStep, TestEngineOptions } from '@octavo/testing'
import type { SessionId, ThreadId, TurnId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'

const key = ['sk', 'proj', '0123456789abcdef0123'].join('-')
const never = new AbortController().signal

function request(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'scripted-model',
    instructions: 'Answer.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }],
    tools: [],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: 'k',
    identity: { threadId: 't' as ThreadId, sessionId: 's' as SessionId, turnId: 'u' as TurnId, window: 't:0' },
    clientMetadata: {},
    ...more,
  }
}

async function ask(provider: ModelProvider, asked: ModelRequest, signal = never): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = []
  await using client = await provider.connect({ threadId: asked.identity.threadId, turnId: asked.identity.turnId })
  try {
    for await (const event of client.stream(asked, signal)) events.push(event)
    return { events, error: null }
  } catch (error) {
    return { events, error }
  }
}

/** What is recorded of these steps, each asked for with its number. */
async function recorded(steps: readonly ScriptedStep[], options: RecordOptions = {}): Promise<Cassette> {
  const recorder = recordCassette(scriptedModel(steps), options)
  for (const index of steps.keys()) await ask(recorder.provider, request(`request ${index}`))
  return recorder.cassette()
}

describe('a cassette', () => {
  test('plays what a provider sent, through text and back', async () => {
    const inner = scriptedModel([
      responds(says('Hello'), calls('ls', { path: '/' })),
      fails('rate_limited', { status: 429, retryAfterMs: 50 }),
      cutsAfter(says('half'), 'middle'),
    ])
    const recorder = recordCassette(inner)
    const asked = ['a', 'b', 'c'].map((text) => request(text))
    const live = await Promise.all(asked.map((each) => ask(recorder.provider, each)))
    const model = cassetteModel(readCassette(formatCassette(recorder.cassette())))
    const replayed = []
    for (const each of asked) replayed.push(await ask(model, each))
    expect(replayed).toEqual(live)
    expect(replayed.map(({ error }) => error)).toMatchObject([
      null,
      { layer: 'request', retryAfterMs: 50, retryable: true },
      { layer: 'stream' },
    ])
    expect([model.id, await model.listModels(never), model.remaining]).toEqual([inner.id, [inner.model('scripted-model')], 0])
    model.assertConsumed()
  })

  test('is text of one line for its head and one for each exchange, the same each time', async () => {
    const text = formatCassette(await recorded([says('a'), says('b')]))
    expect(text).toBe(formatCassette(await recorded([says('a'), says('b')])))
    expect(text.split('\n').map((line) => line.slice(0, 34))).toEqual([
      '{"format":"octavo-cassette","versi',
      '{"thread":0,"request":{"model":"sc',
      '{"thread":0,"request":{"sharedInpu',
      '',
    ])
  })

  test('is a value of JSON, headers and failures included', async () => {
    const headers: ModelEvent = { type: 'headers', values: new Map([['x-request-id', 'req_1']]) }
    const cassette = await recorded([raw([headers]), fails('timeout'), says('a')])
    expect(JSON.parse(JSON.stringify(cassette))).toEqual(cassette)
    expect((await ask(cassetteModel(cassette), request('request 0'))).events).toEqual([headers])
  })

  test('writes of a request only what is new in its thread, and reads it whole again', async () => {
    const recorder = recordCassette(scriptedModel(Array.from({ length: 5 }, () => says('a'))))
    const long = 'x'.repeat(5000)
    const first = request(long)
    const second = request('', { input: [...first.input, ...request('two').input] })
    const compacted = request('', { input: [...request('summary').input, ...request('three').input], effort: 'high' })
    const other = request(long, { identity: { ...first.identity, threadId: 'o' as ThreadId } })
    for (const asked of [first, second, other, compacted, second]) await ask(recorder.provider, asked)
    const text = formatCassette(recorder.cassette())
    expect(readCassette(text)).toEqual(recorder.cassette())
    expect(text.split('\n').map((line) => line.includes(long))).toEqual([false, true, false, true, false, true, false])
    expect(JSON.parse(text.split('\n')[2] ?? '')).toMatchObject({ thread: 0, request: { sharedInput: 1, input: [{ role: 'user' }] } })
    expect(() => readCassette(text.replace(/^{"thread":0.*\n/m, ''))).toThrow('line 2 of the cassette cannot be read: its request goes on')
  })

  test('keeps no secret of a request, a header, an item, a failure, or one that pieces cut', async () => {
    const word = 'swordfish'
    const steps = [
      responds(says(`The key is ${key}, the word ${word}.`), calls('login', { password: 'abc', note: word })),
      fails('unauthorized', { message: `wrong key ${key}` }),
      raw([
        {
          type: 'headers',
          values: new Map([
            ['authorization', 'Basic abc'],
            ['x-request-id', 'req_1'],
            ['x-echo', word],
          ]),
        },
      ]),
    ]
    const inner = scriptedModel(steps, { deltaCharacters: 3 })
    const recorder = recordCassette(inner, { redact: { values: { WORD: word } } })
    for (const text of ['one', `my key is ${key}`, 'three'])
      await ask(recorder.provider, request(text, { instructions: `Never say ${word}` }))
    const text = formatCassette(recorder.cassette())
    for (const secret of [key, word, 'abc', key.slice(8)]) expect(text).not.toContain(secret)
    const [first, second, third] = recorder.cassette().exchanges
    expect(first?.events.flatMap((event) => (event.type === 'text.delta' ? [event.delta] : []))).toEqual([
      'The key is [redacted], the word [redacted:WORD].',
    ])
    expect(first?.events.at(-2)).toMatchObject({ item: { arguments: '{"password":"[redacted]","note":"[redacted:WORD]"}' } })
    expect(second?.end).toMatchObject({ kind: 'failed', message: 'wrong key [redacted]' })
    expect(third?.events[0]).toEqual({
      type: 'headers',
      values: { authorization: '[redacted]', 'x-request-id': 'req_1', 'x-echo': '[redacted:WORD]' },
    })
  })

  test('passes on unchanged what it listens to', async () => {
    const { provider } = recordCassette(scriptedModel([says(`key ${key}`)]))
    expect((await ask(provider, request('x'))).events.at(-2)).toMatchObject({ item: { content: [{ text: `key ${key}` }] } })
  })

  test('takes another secret of the same name for the same', async () => {
    const cassette = await recorded([says('a')], { redact: { values: { WHO: 'request 0' } } })
    const model = cassetteModel(cassette, { redact: { values: { WHO: 'somebody else' } } })
    expect((await ask(model, request('somebody else'))).error).toBeNull()
  })

  test('falls silent where the listener had gone', async () => {
    const recorder = recordCassette(scriptedModel([hangs(says('a')), says('b')]))
    const leaving = new AbortController()
    const live = ask(recorder.provider, request('x'), leaving.signal)
    await new ManualClock().settle()
    leaving.abort(new CancelledError('interrupted'))
    await live
    const client = await recorder.provider.connect({ threadId: 't' as ThreadId, turnId: 'u' as TurnId })
    for await (const event of client.stream(request('y'), never)) if (event.type === 'item.added') break
    expect(recorder.cassette().exchanges.map(({ end }) => end.kind)).toEqual(['left', 'left'])
    const again = new AbortController()
    const model = cassetteModel(recorder.cassette(), { order: 'any' })
    const replayed = ask(model, request('y'), again.signal)
    again.abort(new CancelledError('timeout'))
    expect((await replayed).error).toMatchObject({ reason: 'timeout' })
  })
})

const lines = (end: string): string => [...Array.from({ length: 50 }, (_, index) => `line ${index}`), end].join('\n')

describe('a replay', () => {
  test('refuses a request that is not the recorded one, and shows where it differs', async () => {
    const model = cassetteModel(await recorded([says('a')]))
    const { error } = await ask(
      model,
      request('request 0 indeed', { effort: 'high', input: [...request('request 7').input, ...request('more').input] }),
    )
    expect(error).toMatchObject({ name: 'ScriptMismatch', code: 'invalid_request', retryable: false })
    expect((error as Error).message).toBe(
      [
        'request 1 is not exchange 1 of the cassette:',
        '- input[0].content[0].text: recorded "request 0", now "request 7"',
        '- input[1]: recorded nothing, now {"content":[{"text":"more","type":"input_text"}],"role":"user","type":"message"}',
        '- effort: recorded null, now "high"',
        'It is:',
        '  to scripted-model of thread t, with no tools',
        '  user "request 7"',
        '  user "more"',
      ].join('\n'),
    )
    expect(model.problems()).toHaveLength(2)
  })

  test('tells the line in which a long text differs, and no more than some of many differences', async () => {
    const recorder = recordCassette(scriptedModel([says('a'), says('b')]))
    await ask(recorder.provider, request(lines('the end')))
    const many = (text: string): ModelRequest => request('', { input: Array.from({ length: 9 }, () => request(text).input).flat() })
    await ask(recorder.provider, many('a'))
    const model = cassetteModel(recorder.cassette())
    expect(((await ask(model, request(lines('the End')))).error as Error).message).toContain(
      'line 51, recorded …"line 48\\nline 49\\nthe end", now',
    )
    expect(((await ask(model, many('b'))).error as Error).message).toContain('- … and 3 more')
  })

  test('ends when its exchanges do, and tells those that are left', async () => {
    const cassette = await recorded([says('a'), says('b')])
    const model = cassetteModel(cassette, { order: 'any' })
    await ask(model, request('request 1'))
    expect(model.problems()).toEqual(['exchange 1 of 2 was not asked for'])
    await ask(model, request('request 0'))
    expect((await ask(model, request('request 0'))).error).toMatchObject({
      message: expect.stringContaining('request 3 came, but all 2 exchanges of the cassette are used:') as string,
    })
  })

  test('in any order tells the nearest of the exchanges that are left', async () => {
    const model = cassetteModel(await recorded([says('a'), says('b')]), { order: 'any' })
    expect(((await ask(model, request('request 1', { effort: 'low' }))).error as Error).message).toContain(
      'is not exchange 2 of the cassette:\n- effort',
    )
  })
})

const id = (last: number): string => `00000000-0000-7000-8000-00000000000${last}`

describe('the normal form of a request', () => {
  test('leaves out who asks and what the model is not told, and hides what no two runs share', () => {
    const volatile = `thread ${id(3)}, again ${id(3)}, other ${id(4)}\nChunk ID: 0a1b2c\nWall time: 1.5 seconds\nsession ID 1001`
    const asked = request(`in /home/me/x at noon ${volatile}`)
    const noted = {
      ...asked,
      input: asked.input.map((item) => ({ ...item, id: 'msg_1', internal_chat_message_metadata_passthrough: { turn_id: 'u' } })),
    }
    expect(normalForm(noted, { replace: { '/home/me': '<home>' }, mask: (text) => text.replace('noon', '<time>') })).toEqual({
      model: 'scripted-model',
      instructions: 'Answer.',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            {
              type: 'input_text',
              text: 'in <home>/x at <time> thread <id-1>, again <id-1>, other <id-2>\nChunk ID: <chunk>\nWall time: <seconds> seconds\nsession ID <terminal>',
            },
          ],
        },
      ],
      tools: [],
      parallelToolCalls: true,
      effort: null,
      summary: null,
      verbosity: null,
      serviceTier: null,
      outputSchema: null,
    })
  })

  test('is the same for two that differ only in those', () => {
    const other = request(`x ${id(2)}`, {
      promptCacheKey: 'z',
      clientMetadata: { a: 'b' },
      identity: { threadId: 'o' as ThreadId, sessionId: 'o' as SessionId, turnId: 'o' as TurnId, window: 'o:1' },
    })
    expect(normalForm(request(`x ${id(1)}`))).toEqual(normalForm(other))
  })
})

describe('text that is no cassette', () => {
  test.each([
    ['', 'line 1 of the cassette cannot be read: this is no object of JSON'],
    ['{"format":"other"}', 'line 1 of the cassette cannot be read: this is no cassette'],
    ['{"format":"octavo-cassette","version":2}', 'version 2 is not 1'],
    ['{"format":"octavo-cassette","version":1}', 'the head is not whole'],
    ['HEAD\nnothing', 'line 2 of the cassette cannot be read: this is no object of JSON'],
    ['HEAD\n{"thread":0}', 'line 2 of the cassette cannot be read: the exchange is not whole'],
    ['HEAD\n{"thread":0,"request":{},"events":[],"end":{"kind":"odd"}}', 'nothing ends as "odd"'],
    ['HEAD\n{"thread":0,"request":{},"events":[1],"end":{"kind":"whole"}}', 'an event has no type'],
    ['HEAD\n{"thread":0,"request":{},"events":[{"type":"headers"}],"end":{"kind":"whole"}}', 'headers have no values'],
  ])('%s is refused', (text, problem) => {
    const head = formatCassette({ provider: 'p', models: [], limits: null, exchanges: [] }).trim()
    expect(() => readCassette(text.replace('HEAD', head))).toThrow(problem)
  })
})

const world = (model: TestEngineOptions['model'], more: Partial<TestEngineOptions> = {}): TestEngineOptions => ({
  model,
  commands: { make: { stdout: 'made\n', ms: 1234 } },
  ...more,
})

test('a whole thread is recorded once and played without its provider', async () => {
  const inner = scriptedModel([calls('exec_command', { cmd: 'make' }), cutsAfter(says('half'), 'middle'), says('Made.'), says('Bye.')])
  const recorder = recordCassette(inner)
  {
    await using live = createTestEngine(world(inner, { ports: { providers: [recorder.provider] }, script: 'strict' }))
    const thread = await live.startThread()
    await thread.run('make it')
    await thread.run('good')
  }
  const model = cassetteModel(readCassette(formatCassette(recorder.cassette())))
  await using replayed = createTestEngine(world(model, { script: 'strict', commands: { make: { stdout: 'made\n', ms: 99 } } }))
  const thread = await replayed.startThread()
  expect([(await thread.run('make it')).lastMessage, (await thread.run('good')).lastMessage]).toEqual(['Made.', 'Bye.'])
})
