import { truncateMiddle } from '@octavo/base'
import { toWireAgentStatus } from '@octavo/protocol'
import type { AgentStatus, ResponseItem, ThreadId } from '@octavo/protocol'

/** What a parent's history takes of a delegate's last words, in tokens; all of them can be asked for. */
const MESSAGE_TOKENS = 4_000
const ERROR_TOKENS = 900

/** Tells the parent's model that a delegate has come to its end. */
export function endNotice(threadId: ThreadId, status: AgentStatus): ResponseItem {
  const told = JSON.stringify({ agent_path: threadId, status: toWireAgentStatus(bounded(status)) })
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `<subagent_notification>\n${told}\n</subagent_notification>` }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.subagent_notification'] },
  }
}

function bounded(status: AgentStatus): AgentStatus {
  if (status.kind === 'errored') return { ...status, message: truncateMiddle(status.message, { mode: 'tokens', limit: ERROR_TOKENS }) }
  if (status.kind !== 'completed' || status.message === null) return status
  return { ...status, message: truncateMiddle(status.message, { mode: 'tokens', limit: MESSAGE_TOKENS }) }
}
