import { callIdOf } from '@octavo/protocol'
import type { EventEnvelope, OutputBody, ResponseItem, TurnItem } from '@octavo/protocol'

/**
 * One line for each item of history, without what the engine adds about the world: `user`, `assistant`, `reasoning`, `marker` (the
 * note that the turn was interrupted), `summary` (in place of what was said before), `function_call call_1`, `function_call_output call_1`, with ` (aborted)` for a call that was cut.
 */
export function outlineHistory(items: readonly ResponseItem[]): string[] {
  return items.flatMap((item) => outlineItem(item) ?? [])
}

function outlineItem(item: ResponseItem): string | null {
  switch (item.type) {
    case 'message': {
      if (item.role === 'assistant') return 'assistant'
      const kinds = item.internal_chat_message_metadata_passthrough?.content_item_kinds ?? []
      if (kinds.includes('generic.turn_aborted')) return 'marker'
      if (kinds.includes('compaction.summary')) return 'summary'
      return item.role === 'user' && kinds.every((kind) => kind.startsWith('user.')) ? 'user' : null
    }
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
      return `${item.type} ${callIdOf(item)}`
    case 'function_call_output':
    case 'custom_tool_call_output':
      return `${item.type} ${item.call_id}${/\baborted by user\b|^aborted$/.test(outputText(item.output)) ? ' (aborted)' : ''}`
    default:
      return item.type
  }
}

/** The text the model reads for each call, by call id. */
export function outputsByCall(items: readonly ResponseItem[]): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const item of items) {
    if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output') outputs[item.call_id] = outputText(item.output)
  }
  return outputs
}

function outputText(output: OutputBody): string {
  return typeof output === 'string' ? output : output.map((part) => ('text' in part ? part.text : `(${part.type})`)).join('')
}

/** One line for each item clients saw completed, in that order: `commandExecution call_1 completed`, `agentMessage`, `agentMessage withdrawn`. */
export function outlineItems(events: readonly EventEnvelope[]): string[] {
  return events.flatMap(({ event }) => (event.type === 'item.completed' ? [outlineTurnItem(event.item, event.withdrawn)] : []))
}

function outlineTurnItem(item: TurnItem, withdrawn: boolean): string {
  const status = withdrawn ? ' withdrawn' : 'status' in item ? ` ${item.status}` : ''
  // Items of calls bear the call's id; ids of messages say nothing.
  return `${item.type}${'status' in item ? ` ${item.id}` : ''}${status}`
}
