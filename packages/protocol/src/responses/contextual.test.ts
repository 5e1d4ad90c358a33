import { expect, test } from 'vitest'
import { isContextualMessage } from './contextual.ts'
import type { MessageItem } from './items.ts'

function message(texts: readonly string[], kinds?: readonly string[]): MessageItem {
  return {
    type: 'message',
    role: 'user',
    content: texts.map((text) => ({ type: 'input_text', text })),
    ...(kinds === undefined ? {} : { internal_chat_message_metadata_passthrough: { content_item_kinds: kinds } }),
  }
}

test.each([
  '# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>',
  '# AGENTS.md instructions\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>',
  '<environment_context>\n<cwd>/w</cwd>\n</environment_context>',
  '\n<ENVIRONMENT_CONTEXT></environment_context>\n',
  '<turn_aborted>\nStopped.\n</turn_aborted>',
  '<user_shell_command>ls</user_shell_command>',
  '<subagent_notification>{}</subagent_notification>',
  '<skill>\n<name>a</name>\n</skill>',
  '<recommended_plugins>a</recommended_plugins>',
  '<user_instructions>Be brief.</user_instructions>',
  '<external_browser-tab>a</external_browser-tab>',
  '<codex_internal_context source="goal">\na\n</codex_internal_context>',
  '<hook_prompt hook_run_id="stop:0">Go on.</hook_prompt>',
  'Warning: The maximum number of unified exec processes you can keep open is 60 and you have 61.',
  'Warning: Your account was flagged for potentially high-risk cyber activity and so on.',
  'Warning: apply_patch was requested via shell. Use the apply_patch tool instead of exec_command.',
])('without kinds, %j is put in by the engine', (text) => {
  expect(isContextualMessage(message([text]))).toBe(true)
})

test.each([
  'fix it',
  '<div>fix this</div>',
  '<skills>a</skills>',
  'see <skill>a</skill>',
  '<skill>a</skill> and more',
  '<external_a>b</external_c>',
  '<environment_context> what is this?',
  '# AGENTS.md instructions are missing',
  'Warning: apply_patch was requested via shell, why?',
])('without kinds, %j is said by the user', (text) => {
  expect(isContextualMessage(message([text]))).toBe(false)
})

test.each<[string, MessageItem, boolean]>([
  ['every part the engine’s', message(['a', 'b'], ['skills.instructions', 'generic.turn_aborted']), true],
  ['a user’s text that looks like a marker', message(['<skill>a</skill>'], ['user.text']), false],
  ['one part of the user among the engine’s', message(['a', 'b'], ['environments.environment_context', 'user.text']), false],
  ['words in place of an attached image', message(['image omitted'], ['images.preparation_error']), false],
  ['an unknown kind, told by the text', message(['<skill>a</skill>'], ['unknown']), true],
  ['an unknown kind and plain text', message(['a'], ['unknown']), false],
  ['a part without its kind, told by the text', message(['a', '<skill>a</skill>'], ['plugins.list']), true],
  ['a part without its kind, in plain text', message(['a', 'b'], ['plugins.list']), false],
  ['markers and plain text in one message', message(['<skill>a</skill>', 'use it']), false],
  ['no part at all', message([]), false],
])('a message with %s', (_what, given, expected) => {
  expect(isContextualMessage(given)).toBe(expected)
})

test('an image without kinds is the user’s', () => {
  const image: MessageItem = { type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] }
  expect(isContextualMessage(image)).toBe(false)
})

test.each([
  ['developer', true],
  ['system', true],
  ['assistant', false],
] as const)('the role %s alone tells: %s', (role, expected) => {
  expect(isContextualMessage({ ...message(['a']), role })).toBe(expected)
})
