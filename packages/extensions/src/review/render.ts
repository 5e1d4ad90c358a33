import { escapeXml } from '@octavo/base'
import type { ResponseItem, ReviewOutput } from '@octavo/protocol'

const NOTHING_SAID = 'The reviewer gave no answer.'

/** A review as people read it. */
export function renderReview({ findings, overallExplanation }: ReviewOutput): string {
  const said = overallExplanation.trim()
  if (findings.length === 0) return said === '' ? NOTHING_SAID : said
  const heading = findings.length === 1 ? 'Review comment:' : 'Full review comments:'
  const comments = findings.map(({ title, body, location: { path, startLine, endLine } }) => {
    const indented = body.split('\n').map((line) => `  ${line}`)
    return [`- ${title} — ${path}:${startLine}-${endLine}`, ...indented].join('\n')
  })
  return [...(said === '' ? [] : [said]), heading, ...comments].join('\n\n')
}

/** Tells the thread's own model of a review that somebody else made. */
export function reviewNote(results: string): ResponseItem {
  return note(
    'The user had a change reviewed by another model; this is what it found. The user may ask you to resolve some of it.',
    results,
  )
}

/** Tells the thread's own model of a review that came to nothing. */
export function cutReviewNote(): ResponseItem {
  return note(
    'The user started a review of a change by another model.',
    'None: the review was interrupted. Ask whether it should be started again.',
  )
}

function note(context: string, results: string): ResponseItem {
  const text = `<user_action>\n  <context>${context}</context>\n  <action>review</action>\n  <results>\n${escapeXml(results)}\n  </results>\n</user_action>`
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.user_action'] },
  }
}
