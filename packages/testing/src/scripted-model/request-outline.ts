import { isCallItem, isContextualMessage } from '@octavo/protocol'
import type { ModelRequest } from '@octavo/extension-api'
import type { ContentItem, OutputBody, ResponseItem } from '@octavo/protocol'

/** How many items of a request are shown, and how much of each, in characters. */
const LAST_ITEMS = 4
const LINE = 160

/** A request in a few lines, for messages: who asks which model with which tools, and what its input ends with. */
export function outlineRequest(request: ModelRequest): string {
  const tools = request.tools.map(({ name }) => name)
  const shown = request.input.slice(-LAST_ITEMS)
  return [
    `to ${request.model} of thread ${request.identity.threadId}, with ${tools.length === 0 ? 'no tools' : `the tools ${tools.join(', ')}`}`,
    ...(shown.length < request.input.length ? [`… ${request.input.length - shown.length} items`] : []),
    ...shown.map(outlineInput),
  ]
    .map((line) => `  ${shortened(line)}`)
    .join('\n')
}

function outlineInput(item: ResponseItem): string {
  switch (item.type) {
    case 'message':
      return `${item.role}${item.role === 'user' && isContextualMessage(item) ? ' (context)' : ''} ${JSON.stringify(textOf(item.content))}`
    case 'function_call':
      return `${item.type} ${item.call_id} ${item.name} ${item.arguments}`
    case 'custom_tool_call':
      return `${item.type} ${item.call_id} ${item.name} ${JSON.stringify(item.input)}`
    case 'function_call_output':
    case 'custom_tool_call_output':
      return `${item.type} ${item.call_id} ${JSON.stringify(textOf(item.output))}`
    default:
      return item.type
  }
}

/** The text of a message or an output; what is not text is named. */
export function textOf(body: OutputBody): string {
  return typeof body === 'string' ? body : body.map((part: ContentItem) => ('text' in part ? part.text : `(${part.type})`)).join('')
}

/** What came since the model last spoke: messages, and outputs of its calls. All of the input when it has not spoken yet. */
export function newsOf(input: readonly ResponseItem[]): readonly ResponseItem[] {
  return input.slice(input.findLastIndex(isFromModel) + 1)
}

/** True for what a model says, as opposed to what it is told. */
export function isFromModel(item: ResponseItem): boolean {
  return (
    isCallItem(item) ||
    item.type === 'reasoning' ||
    item.type === 'web_search_call' ||
    item.type === 'image_generation_call' ||
    (item.type === 'message' && item.role === 'assistant')
  )
}

export function shortened(text: string, limit: number = LINE): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`
}
