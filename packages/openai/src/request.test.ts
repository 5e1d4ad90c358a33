import type { ModelInfo } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { modelRequest } from '../test/raw-server.ts'
import { findModel, CATALOGUE } from './index.ts'
import { requestItems, responsesBody } from './request.ts'

const row = (slug: string): ModelInfo => findModel(slug, CATALOGUE, null)

test('the body holds what the Responses API is asked for, and nothing is stored (R18, F39)', () => {
  const request = modelRequest({
    model: 'gpt-5',
    tools: [{ type: 'function', name: 'exec_command', description: 'Runs a command.', parameters: { type: 'object' }, strict: false }],
    effort: 'high',
    summary: 'auto',
    verbosity: 'low',
    serviceTier: 'priority',
    outputSchema: { type: 'object', properties: { ok: { type: 'boolean' } } },
    clientMetadata: { 'x-codex-installation-id': 'install-1', 'x-codex-turn-metadata': '{"request_kind":"turn"}' },
  })
  expect(responsesBody(request, row('gpt-5'), true)).toEqual({
    model: 'gpt-5',
    instructions: 'Be brief.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
    tools: [{ type: 'function', name: 'exec_command', description: 'Runs a command.', parameters: { type: 'object' }, strict: false }],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'high', summary: 'auto' },
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    service_tier: 'priority',
    prompt_cache_key: 'session-1',
    text: {
      verbosity: 'low',
      format: {
        type: 'json_schema',
        strict: true,
        schema: { type: 'object', properties: { ok: { type: 'boolean' } } },
        name: 'codex_output_schema',
      },
    },
    client_metadata: {
      session_id: 'session-1',
      thread_id: 'thread-1',
      turn_id: 'turn-1',
      'x-codex-window-id': 'thread-1:0',
      'x-codex-installation-id': 'install-1',
      'x-codex-turn-metadata': '{"request_kind":"turn"}',
    },
  })
})

test('what nobody asked for is left out, except the fields every server expects', () => {
  const body = responsesBody(modelRequest({ instructions: null }), row('unknown-model'), false)
  expect(Object.keys(body)).toEqual([
    'model',
    'input',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'reasoning',
    'store',
    'stream',
    'include',
    'prompt_cache_key',
    'client_metadata',
  ])
  expect(body).toMatchObject({ tools: [], reasoning: {}, include: ['reasoning.encrypted_content'] })
})

test.each([
  ['a model takes its own effort when none is set', 'gpt-5.1-codex', { effort: null }, { effort: 'medium' }],
  ['ultra is sent as max', 'gpt-5.6-sol', { effort: 'ultra' }, { effort: 'max' }],
  ['a model nothing is known of is asked what the user set', 'unknown', { effort: 'high' }, { effort: 'high' }],
  ['a summary of none is not sent', 'gpt-5', { summary: 'none' as const }, { effort: 'medium' }],
  ['a model without summaries is not asked for one', 'gpt-oss:20b', { summary: 'auto' as const }, { effort: 'medium' }],
  ['a model that does not reason is not asked to', 'gpt-4.1', { effort: 'high', summary: 'auto' as const }, {}],
])('%s', (_claim, slug, more, reasoning) => {
  expect(responsesBody(modelRequest({ model: slug, ...more }), row(slug), true).reasoning).toEqual(reasoning)
})

test('sealed reasoning is not asked of a model known to have none, which would refuse the request', () => {
  expect(responsesBody(modelRequest({ model: 'gpt-4.1' }), row('gpt-4.1'), true).include).toEqual([])
})

test('verbosity is dropped for a model without it, and a service tier the model does not list', () => {
  const request = modelRequest({ model: 'gpt-5-codex', verbosity: 'high', serviceTier: 'flex' })
  const body = responsesBody(request, row('gpt-5-codex'), true)
  expect([body.text, body.service_tier]).toEqual([undefined, undefined])
  expect(responsesBody({ ...request, serviceTier: 'default' }, row('gpt-5-codex'), true).service_tier).toBeUndefined()
})

const facts = { turn_id: 'turn-1' }

test('only OpenAI gets the facts kept beside an item', () => {
  const item: ResponseItem = { type: 'message', role: 'user', content: [], internal_chat_message_metadata_passthrough: facts }
  expect(requestItems([item], true)).toEqual([item])
  expect(requestItems([item], false)).toEqual([{ type: 'message', role: 'user', content: [] }])
})

test.each([
  ['msg_0123', 'msg_0123'],
  ['msg_', undefined],
  ['item-7', undefined],
  ['fc_0123', undefined],
  [`msg_${'x'.repeat(61)}`, undefined],
])('of the ids %s, the API is sent %s', (id, sent) => {
  const [item] = requestItems([{ type: 'message', id, role: 'assistant', content: [] }], true)
  expect(item?.id).toBe(sent)
})

test('sealed reasoning is sent back, reasoning of Chat Completions stays here (R23)', () => {
  const sealed: ResponseItem = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'short' }],
    encrypted_content: 'sealed',
  }
  const raw: ResponseItem = {
    type: 'reasoning',
    id: 'rs_2',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'raw' }],
    encrypted_content: null,
  }
  const chat: ResponseItem = {
    type: 'reasoning',
    id: 'rs_3',
    summary: [],
    content: [{ type: 'text', text: 'chat' }],
    encrypted_content: null,
  }
  expect(requestItems([sealed, raw, chat], true)).toEqual([sealed])
  expect(requestItems([sealed, raw, chat], false)).toEqual([
    sealed,
    { type: 'reasoning', id: 'rs_2', summary: [], content: [{ type: 'reasoning_text', text: 'raw' }] },
  ])
})

test('the caller keeps its items as they were', () => {
  const item: ResponseItem = { type: 'message', id: 'odd', role: 'user', content: [], internal_chat_message_metadata_passthrough: facts }
  const before = structuredClone(item)
  requestItems([item], false)
  expect(item).toEqual(before)
})
