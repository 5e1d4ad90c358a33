import type { MessageItem, ResponseItem } from '@octavo/protocol'

/** Asks for a summary, unless the host has words of its own. */
export const SUMMARY_PROMPT = `The conversation above is about to be replaced by a summary, and you write it. Whoever goes on with the work sees your summary, some of \
what the user said, and nothing else: no earlier answers, no commands, no outputs, no files that were read.

Write down, as far as it applies:

- Goal: what the user wants in the end, and every requirement, preference and limit they stated, in their own terms.
- Decisions: what was chosen and why, and what was tried and given up, so that nobody tries it again.
- State: which files were made or changed and how, by path; commands that matter, with what they showed; what was tested and what came out.
- Facts: names, paths, ids, numbers, error messages and short pieces of code that the work depends on, copied exactly.
- Next: what is in the middle of being done, what is left, in order, and questions that still wait for an answer.

Write what happened, not what should have. Mark what is uncertain. Leave out greetings, praise and anything that can be read again from the files at no cost. \
Do not call tools and do not continue the work. Answer with the summary alone.`

/** Stands before every summary. Readers recognise a summary by what is noted beside it, and by these words. */
export const SUMMARY_PREFIX = `The conversation so far was longer than the model's window and has been replaced by the summary below, written by the model that did \
the work. Files and running commands are as that work left them. Take the summary as what you know, look again where it is not sure, and do not repeat what it \
says is done.`

/** Stands in place of a summary that no model wrote. */
export const CUT_NOTE =
  'No summary could be made. What was said, done and found before this point is gone, except for the messages of the user above. Look at the files before relying on anything.'

/** What stands beside a summary, as the format spells it. */
const SUMMARY_KIND = 'compaction.summary'

/** How summaries of Codex begin, in files that note nothing beside them. */
const FOREIGN_PREFIX = 'Another language model started to solve this problem'

/** A summary as it stands in history: `message` of the record, and text of the item. */
export function summaryText(summary: string): string {
  return `${SUMMARY_PREFIX}\n${summary}`
}

export function summaryItem(text: string): ResponseItem {
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: [SUMMARY_KIND] },
  }
}

export function isSummary(item: MessageItem): boolean {
  const kinds = item.internal_chat_message_metadata_passthrough?.content_item_kinds ?? []
  if (kinds.includes(SUMMARY_KIND)) return true
  const [part] = item.content
  if (item.role !== 'user' || kinds.some((kind) => kind.startsWith('user.')) || part === undefined || !('text' in part)) return false
  return part.text.startsWith(SUMMARY_PREFIX) || part.text.startsWith(FOREIGN_PREFIX)
}

/** What a summary says, without the words before it. */
export function summaryOf(item: MessageItem): string {
  const text = item.content.map((part) => ('text' in part ? part.text : '')).join('')
  return text.startsWith(SUMMARY_PREFIX) ? text.slice(SUMMARY_PREFIX.length).trimStart() : text
}
