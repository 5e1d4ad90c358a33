import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { normaliseHistory } from './prompt.ts'

const call = (id: string): ResponseItem => ({ type: 'function_call', id: `fc_${id}`, call_id: id, name: 'x', arguments: '{}' })
const output = (id: string): ResponseItem => ({ type: 'function_call_output', call_id: id, output: 'done' })
const image: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] }

test('a call without an output gets `aborted` directly after it, with the same id every time (F40, H7)', () => {
  const history = [call('a'), call('b'), output('b')]
  const once = normaliseHistory(history, true)
  expect(once.map((item) => ('call_id' in item ? `${item.type} ${item.call_id}` : item.type))).toEqual([
    'function_call a',
    'function_call_output a',
    'function_call b',
    'function_call_output b',
  ])
  expect(normaliseHistory(history, true)).toEqual(once)
})

test('normalising twice changes nothing (I5)', () => {
  const history: ResponseItem[] = [call('a'), { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '' }, output('z'), image]
  const once = normaliseHistory(history, false)
  expect(normaliseHistory(once, false)).toEqual(once)
})

test('an output without its call and system messages are left out', () => {
  expect(normaliseHistory([output('a'), { type: 'message', role: 'system', content: [] }], true)).toEqual([])
})

test('images become words for a model without sight, and stay in history', () => {
  expect(normaliseHistory([image], false)).toMatchObject([{ content: [{ type: 'input_text' }] }])
  expect(normaliseHistory([image], true)).toEqual([image])
  // What has none is the item itself, whatever the model sees.
  const words: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'words' }] }
  expect(normaliseHistory([words], false)[0]).toBe(words)
})
