import type { ToolSpecWire } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { modelRequest } from '../../test/raw-server.ts'
import { CATALOGUE, findModel } from '../index.ts'
import { chatBody } from './request.ts'

const row = (slug: string) => findModel(slug, CATALOGUE, null)

const TOOLS: readonly ToolSpecWire[] = [
  { type: 'function', name: 'exec_command', description: 'Runs a command.', parameters: { type: 'object' }, strict: false },
  { type: 'function', name: 'update_plan', description: 'Keeps a plan.', parameters: { type: 'object' }, strict: true },
  {
    type: 'custom',
    name: 'apply_patch',
    description: 'Edits files.',
    format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
  },
  {
    type: 'namespace',
    name: 'mcp__docs',
    description: 'Documentation.',
    tools: [{ type: 'function', name: 'search', description: 'Searches.', parameters: {}, strict: false }],
  },
]

test('the body holds what Chat Completions is asked for', () => {
  const request = modelRequest({
    model: 'gpt-5',
    tools: TOOLS,
    effort: 'low',
    verbosity: 'high',
    serviceTier: 'flex',
    outputSchema: { type: 'object' },
  })
  expect(chatBody(request, row('gpt-5'), true)).toEqual({
    model: 'gpt-5',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
    tools: [
      { type: 'function', function: { name: 'exec_command', description: 'Runs a command.', parameters: { type: 'object' } } },
      { type: 'function', function: { name: 'update_plan', description: 'Keeps a plan.', parameters: { type: 'object' }, strict: true } },
      {
        type: 'function',
        function: {
          name: 'apply_patch',
          description: 'Edits files.\n\nThe text follows this Lark grammar:\nstart: "x"',
          parameters: {
            type: 'object',
            properties: { input: { type: 'string', description: 'The whole text for the tool, as it is.' } },
            required: ['input'],
            additionalProperties: false,
          },
        },
      },
      { type: 'function', function: { name: 'mcp__docs__search', description: 'Searches.', parameters: {} } },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning_effort: 'low',
    verbosity: 'high',
    response_format: { type: 'json_schema', json_schema: { name: 'codex_output_schema', strict: true, schema: { type: 'object' } } },
    service_tier: 'flex',
    prompt_cache_key: 'session-1',
    store: false,
    stream: true,
    stream_options: { include_usage: true },
  })
})

test('another server gets nothing it might not know', () => {
  expect(
    Object.keys(chatBody(modelRequest({ summary: 'auto', serviceTier: 'flex', verbosity: 'low' }), row('local-model'), false)),
  ).toEqual(['model', 'messages', 'stream', 'stream_options'])
})
