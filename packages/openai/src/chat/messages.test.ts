import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { chatMessages } from './messages.ts'

const user = (text: string): ResponseItem => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
const developer = (text: string): ResponseItem => ({ type: 'message', role: 'developer', content: [{ type: 'input_text', text }] })
const assistant = (text: string): ResponseItem => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] })
const call = (id: string, name = 'exec_command'): ResponseItem => ({ type: 'function_call', name, arguments: '{}', call_id: id })
const output = (id: string, text = `output of ${id}`): ResponseItem => ({ type: 'function_call_output', call_id: id, output: text })
const toolCall = (id: string): object => ({ id, type: 'function', function: { name: 'exec_command', arguments: '{}' } })
const tool = (id: string, content = `output of ${id}`): object => ({ role: 'tool', tool_call_id: id, content })

const image = (url: string) => ({ type: 'input_image', image_url: url, detail: 'original' }) as const

test('instructions and the developer messages at the beginning are one system message, later ones their own (R23)', () => {
  expect(chatMessages('Be brief.', [developer('Rules.'), user('hi'), developer('Mode changed.'), user('go')])).toEqual([
    { role: 'system', content: 'Be brief.\n\nRules.' },
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'Mode changed.' },
    { role: 'user', content: 'go' },
  ])
})

test('a message and the calls after it are one assistant message, followed by the outputs in call order', () => {
  expect(chatMessages(null, [assistant('Looking.'), call('a'), call('b'), output('b'), output('a'), assistant('Done.')])).toEqual([
    { role: 'assistant', content: 'Looking.', tool_calls: [toolCall('a'), toolCall('b')] },
    tool('a'),
    tool('b'),
    { role: 'assistant', content: 'Done.' },
  ])
})

test('calls of two responses are two messages', () => {
  expect(chatMessages(null, [call('a'), output('a'), call('b'), output('b')])).toEqual([
    { role: 'assistant', content: null, tool_calls: [toolCall('a')] },
    tool('a'),
    { role: 'assistant', content: null, tool_calls: [toolCall('b')] },
    tool('b'),
  ])
})

test('outputs that stand further on are moved to their calls (R23)', () => {
  const items = [call('a'), output('a', 'aborted'), call('b'), user('wait'), output('b')]
  expect(chatMessages(null, items)).toEqual([
    { role: 'assistant', content: null, tool_calls: [toolCall('a')] },
    tool('a', 'aborted'),
    { role: 'assistant', content: null, tool_calls: [toolCall('b')] },
    tool('b'),
    { role: 'user', content: 'wait' },
  ])
})

test('a call without an output is aborted, an output without a call is left out (F40)', () => {
  expect(chatMessages(null, [call('a'), output('lost')])).toEqual([
    { role: 'assistant', content: null, tool_calls: [toolCall('a')] },
    tool('a', 'aborted'),
  ])
})

test('freeform, namespaced and native shell calls are functions (R23)', () => {
  const items: ResponseItem[] = [
    { type: 'custom_tool_call', call_id: 'a', name: 'apply_patch', input: '*** Begin Patch\n' },
    { type: 'function_call', call_id: 'b', name: 'search', namespace: 'mcp__docs', arguments: '{"q":1}' },
    { type: 'local_shell_call', id: 'lsh_1', action: { type: 'exec', command: ['ls'], working_directory: '/tmp' } },
    { type: 'custom_tool_call_output', call_id: 'a', output: 'ok' },
    output('b'),
    output('lsh_1'),
  ]
  expect(chatMessages(null, items)[0]).toEqual({
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'apply_patch', arguments: '{"input":"*** Begin Patch\\n"}' } },
      { id: 'b', type: 'function', function: { name: 'mcp__docs__search', arguments: '{"q":1}' } },
      { id: 'lsh_1', type: 'function', function: { name: 'shell', arguments: '{"command":["ls"],"workdir":"/tmp"}' } },
    ],
  })
})

test('images of tool outputs follow in one message of the user, after all outputs', () => {
  const items: ResponseItem[] = [
    call('a'),
    call('b'),
    call('c'),
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'two images' }, image('data:1'), image('data:2')] },
    { type: 'function_call_output', call_id: 'b', output: [image('data:3')] },
    output('c'),
  ]
  expect(chatMessages(null, items).slice(1)).toEqual([
    tool('a', 'two images\n[2 images follow in the next user message]'),
    tool('b', '[1 image follows in the next user message]'),
    tool('c'),
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Images from the output of tool call a:' },
        { type: 'image_url', image_url: { url: 'data:1' } },
        { type: 'image_url', image_url: { url: 'data:2' } },
        { type: 'text', text: 'Images from the output of tool call b:' },
        { type: 'image_url', image_url: { url: 'data:3' } },
      ],
    },
  ])
})

test('parts of a user message keep their order; text alone is a string', () => {
  const items: ResponseItem[] = [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'one' },
        { type: 'input_text', text: 'two' },
      ],
    },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'see' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'high' },
        { type: 'input_audio', audio_url: 'data:audio/wav;base64,BB' },
        { type: 'input_audio', audio_url: 'https://example.test/a.wav' },
      ],
    },
  ]
  expect(chatMessages(null, items)).toEqual([
    { role: 'user', content: 'one\n\ntwo' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'high' } },
        { type: 'input_audio', input_audio: { format: 'wav', data: 'BB' } },
        { type: 'text', text: '[audio that is no data URL was left out]' },
      ],
    },
  ])
})

test('a thread begun over Responses goes on without what only its server could read', () => {
  const items: ResponseItem[] = [
    user('hi'),
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'thought' }], encrypted_content: 'sealed' },
    { type: 'web_search_call', id: 'ws_1' },
    call('a'),
    { type: 'reasoning', id: 'rs_2', summary: [], content: [{ type: 'text', text: 'raw' }], encrypted_content: null },
    call('b'),
    output('a'),
    { type: 'function_call_output', call_id: 'b', output: [{ type: 'encrypted_content', encrypted_content: 'sealed' }] },
    { type: 'compaction', encrypted_content: 'sealed' },
  ]
  expect(chatMessages(null, items)).toEqual([
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: null, tool_calls: [toolCall('a'), toolCall('b')] },
    tool('a'),
    tool('b', ''),
  ])
})
