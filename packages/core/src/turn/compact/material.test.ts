import type { ItemPassthrough, MessageItem, ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { canBeShortened, sortHistory } from './material.ts'
import { summaryItem, summaryText } from './words.ts'

const SECTIONS = new Set(['environments', 'permissions'])
const NONE = new Set<ResponseItem>()

function said(text: string, role: MessageItem['role'] = 'user', passthrough?: ItemPassthrough): MessageItem {
  const content = [{ type: 'input_text', text }] as const
  return {
    type: 'message',
    role,
    content,
    ...(passthrough === undefined ? {} : { internal_chat_message_metadata_passthrough: passthrough }),
  }
}

/** Where an item of history is sorted to. */
function sorted(item: ResponseItem): string {
  const { said: rest, pinned, userMessages, earlier } = sortHistory([item], NONE, SECTIONS)
  if (pinned.includes(item)) return 'pinned'
  if (earlier === item) return 'summary'
  if (userMessages.some((message) => message === item)) return 'user'
  return rest.includes(item) ? 'said' : 'told'
}

const FOREIGN = 'Another language model started to solve this problem and left a summary. It says: done.'

test.each<[string, ResponseItem, string]>([
  ['what the user said', said('hello', 'user', { content_item_kinds: ['user.text'] }), 'user'],
  ['what the user said in an old file', said('hello'), 'user'],
  ['an answer', said('hi', 'assistant'), 'said'],
  ['what a developer injected', said('mind the gap', 'developer'), 'said'],
  [
    'the note about an interruption',
    said('<turn_aborted>x</turn_aborted>', 'user', { content_item_kinds: ['generic.turn_aborted'] }),
    'said',
  ],
  ['surroundings', said('<environment_context/>', 'user', { content_item_kinds: ['environments'] }), 'told'],
  [
    'surroundings of several sections',
    said('rules', 'developer', { content_item_kinds: ['permissions', 'context/thread/own/developer'] }),
    'told',
  ],
  ['surroundings that Codex told', said('rules', 'developer', { content_item_kinds: ['permissions.instructions'] }), 'told'],
  ['surroundings in an old file', said('<environment_context>x</environment_context>'), 'told'],
  ['words of the user that look like surroundings', said('<environment_context>', 'user', { content_item_kinds: ['user.text'] }), 'user'],
  ['a summary', summaryItem(summaryText('done')), 'summary'],
  ['a summary of Codex', said('(some words)\ndone', 'user', { content_item_kinds: ['compaction.summary'] }), 'summary'],
  ['a summary that nothing is noted beside', said(summaryText('done')), 'summary'],
  ['a summary of Codex that nothing is noted beside', said(FOREIGN), 'summary'],
  ['words of the user that look like a summary', said(FOREIGN, 'user', { content_item_kinds: ['user.text'] }), 'user'],
  ['anything that is pinned', said('rule', 'user', { octavo_pinned: true }), 'pinned'],
  ['surroundings that are pinned', said('rules', 'developer', { content_item_kinds: ['permissions'], octavo_pinned: true }), 'pinned'],
])('%s is known as what it is', (_name, item, where) => {
  expect(sorted(item)).toBe(where)
})

test('of several summaries the newest counts, and what no model has seen is in no list', () => {
  const [old, newer, unseen] = [summaryItem(summaryText('old')), summaryItem(summaryText('new')), said('now')]
  const material = sortHistory([old, said('hello'), newer, unseen], new Set([unseen]), SECTIONS)
  expect(material.earlier).toBe(newer)
  expect(material.said).toHaveLength(3)
})

test('surroundings, pinned items and unseen input are nothing that could be shortened', () => {
  const unseen = said('now')
  const items = [said('x', 'developer', { content_item_kinds: ['permissions'] }), said('rule', 'user', { octavo_pinned: true }), unseen]
  expect(canBeShortened(items, new Set([unseen]), SECTIONS)).toBe(false)
  expect(canBeShortened(items, NONE, SECTIONS)).toBe(true)
})
