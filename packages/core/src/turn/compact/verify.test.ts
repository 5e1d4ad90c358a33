import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { problemOf } from './verify.ts'

const SAID: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'a'.repeat(40) }] }
const PINNED: ResponseItem = { ...SAID, id: 'msg_1', internal_chat_message_metadata_passthrough: { octavo_pinned: true } }
const CALL: ResponseItem = { type: 'function_call', call_id: 'c1', name: 'work', arguments: '{}' }
const OUTPUT: ResponseItem = { type: 'function_call_output', call_id: 'c1', output: 'done' }
const BOUNDS = { pinned: [], targetTokens: 100 }

test.each([
  ['no list', 'text', /not a list/],
  ['nothing', [], /empty/],
  ['something that is no item', [SAID, 7], /items\[1\]: it is not an item/],
  ['an item of an unknown kind', [{ type: 'poem' }], /items of type "poem" are not history/],
  ['a message without content', [{ type: 'message', role: 'user' }], /content cannot be read/],
  ['a system message', [{ ...SAID, role: 'system' }], /system message/],
  ['a call without an output', [SAID, CALL], /call c1 has no output/],
  ['an output without a call', [SAID, OUTPUT], /output of c1 has no call/],
  ['an output before its call', [OUTPUT, CALL], /output of c1 has no call/],
  ['a call twice', [CALL, OUTPUT, CALL, OUTPUT], /call c1 is there twice/],
  ['a message between a call and its output', [CALL, SAID, OUTPUT], /message stands between/],
  ['more than the target', Array.from({ length: 11 }, () => SAID), /holds about 110 tokens, and 100 are the target/],
] as const)('%s cannot stand in place of history (I19)', (_name, items, problem) => {
  expect(problemOf(items, BOUNDS)).toMatch(problem)
})

test('what is whole and under the target can', () => {
  expect(problemOf([SAID, CALL, OUTPUT, SAID], BOUNDS)).toBeNull()
})

test('pinned items must be there word for word, each as often as it was pinned', () => {
  const bounds = { pinned: [PINNED, { ...PINNED }], targetTokens: 100 }
  expect(problemOf([SAID, PINNED, structuredClone(PINNED)], bounds)).toBeNull()
  expect(problemOf([SAID, { ...PINNED, content: [{ type: 'input_text', text: 'nearly' }] }], bounds)).toMatch(/pinned item msg_1/)
  expect(problemOf([SAID, structuredClone(PINNED)], bounds)).toMatch(/pinned item msg_1/)
})
