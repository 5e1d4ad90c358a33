import type { ModelRequest } from '@octavo/extension-api'
import type { EventEnvelope, ItemId, ResponseItem, SessionId, ThreadEvent, ThreadId, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { formatTranscript, maskTranscript } from './index.ts'
import type { Transcript } from './index.ts'

function envelope(seq: number, event: ThreadEvent): EventEnvelope {
  return { epoch: 'e', seq, firstSeq: seq, at: 1000 + seq, cause: null, turnId: null, durable: null, event }
}

const delta = (text: string): ThreadEvent => ({
  type: 'item.delta',
  itemId: 'msg_1' as ItemId,
  part: { kind: 'text', index: 0 },
  delta: text,
})

const request: ModelRequest = {
  model: 'scripted-model',
  instructions: 'x'.repeat(200),
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
  tools: [
    { type: 'function', name: 'exec_command', description: 'long', parameters: {}, strict: false },
    {
      type: 'namespace',
      name: 'mcp',
      description: '',
      tools: [{ type: 'function', name: 'ping', description: '', parameters: {}, strict: false }],
    },
  ],
  parallelToolCalls: true,
  effort: null,
  summary: null,
  verbosity: null,
  serviceTier: null,
  outputSchema: null,
  promptCacheKey: 'k',
  identity: { threadId: 't' as ThreadId, sessionId: 's' as SessionId, turnId: 'u' as TurnId, window: 't:0' },
  clientMetadata: {},
}

const transcript: Transcript = {
  events: [
    envelope(1, { type: 'thread.settings', settings: {} as never }),
    envelope(2, delta('a')),
    envelope(3, delta('b')),
    envelope(4, { type: 'turn.diff', unified: '' }),
  ],
  requests: [request],
  rollout: [
    {
      timestamp: '2026-01-01T00:00:00.000Z',
      ordinal: 0,
      item: { type: 'response_item', payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] } },
    },
    { timestamp: '2026-01-01T00:00:00.001Z', ordinal: null, item: { type: 'world_state', payload: { full: true, state: {} } } },
  ],
}

test('a brief transcript joins deltas, names tools and shortens long texts', () => {
  expect(formatTranscript(transcript)).toBe(
    [
      '# events',
      '1 +0 thread.settings {"settings":{}}',
      '2-3 +2 item.delta {"itemId":"msg_1","part":{"kind":"text","index":0},"delta":"ab"}',
      '4 +3 turn.diff {"unified":""}',
      '',
      '# request 1',
      `{"model":"scripted-model","instructions":"${'x'.repeat(160)}… (200 characters)","parallelToolCalls":true,"effort":null,"summary":null,"verbosity":null,"serviceTier":null,"outputSchema":null,"promptCacheKey":"k","identity":{"threadId":"t","sessionId":"s","turnId":"u","window":"t:0"},"clientMetadata":{},"tools":["exec_command","mcp(ping)"]}`,
      '{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}',
      '',
      '# rollout',
      '0 2026-01-01T00:00:00.000Z response_item {"payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}}',
      '- 2026-01-01T00:00:00.001Z world_state {"payload":{"full":true,"state":{}}}',
      '',
    ].join('\n'),
  )
})

test('a brief transcript shows of a request what the one before did not have', () => {
  const answer: ResponseItem = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ho' }] }
  const second: ModelRequest = { ...request, effort: 'high', input: [...request.input, answer] }
  const rewritten: ModelRequest = { ...second, input: [answer] }
  const text = formatTranscript({ events: [], requests: [request, second, second, rewritten], rollout: [] })
  const line = '{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ho"}]}'
  expect(text.slice(text.indexOf('# request 2'))).toBe(
    [
      '# request 2',
      '{"effort":"high"}',
      '(the first 1 of 1 items as before)',
      line,
      '',
      '# request 3',
      '(the first 2 of 2 items as before)',
      '',
      '# request 4',
      line,
      '',
      '# rollout',
      '',
    ].join('\n'),
  )
})

test('a full transcript leaves nothing out', () => {
  const text = formatTranscript(transcript, { detail: 'full' })
  expect(text).toContain('x'.repeat(200))
  expect(text).toContain('"description":"long"')
  expect(text).toContain(
    '3 +2 item.delta {"itemId":"msg_1","part":{"kind":"text","index":0},"delta":"b"} {"cause":null,"turnId":null,"durable":null}',
  )
})

test('masking hides times and ids, and keeps which ids are the same', () => {
  const [a, b] = ['01a1f981-8d71-72f3-935d-d78a71ad2028', '01a1f981-8d71-72f3-935d-d78a71ad2029']
  const text = [
    `3-4 +12 item.completed {"id":"${a}","durationMs":12.5,"at":1767225600000} /tmp/one/src /tmp/one`,
    `0 2026-01-01T00:00:00.000Z session_meta {"id":"${b}","again":"${a}"}`,
    '{"terminalId":"4711","process_id":"4711","duration":{"secs":1,"nanos":20}} Process running with session ID 4711',
    'Chunk ID: 0a1b2c\\nWall time: 0.0123 seconds\\n<current_date>2026-01-01</current_date>',
  ].join('\n')
  expect(maskTranscript(text, { replace: { '/tmp/one': '<cwd>', '/tmp/one/src': '<src>' } })).toBe(
    [
      '<n> +<ms> item.completed {"id":"<id-1>","durationMs":<number>,"at":<number>} <src> <cwd>',
      '0 <time> session_meta {"id":"<id-2>","again":"<id-1>"}',
      '{"terminalId":"<terminal>","process_id":"<terminal>","duration":{"secs":<number>,"nanos":<number>}} Process running with session ID <terminal>',
      'Chunk ID: <chunk>\\nWall time: <seconds> seconds\\n<current_date><date></current_date>',
    ].join('\n'),
  )
})
