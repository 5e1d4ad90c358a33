import { isCallItem, isCallOutputItem, isContextualMessage, callIdOf } from '@octavo/protocol'
import type { ModelRequest } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import { newsOf, textOf } from './request-outline.ts'

/** A part of a text, or a pattern that it has to match. */
export type TextMatch = string | RegExp

/**
 * Which requests are meant. A text or a pattern is looked for in what came since the model last spoke: words of the user and outputs
 * of tools, each by itself. Of an object everything that is given has to hold.
 */
export type RequestMatcher =
  | TextMatch
  | ((request: ModelRequest) => boolean)
  | {
      /** What the user said since the model last spoke. */
      readonly user?: TextMatch
      /** An output since the model last spoke. */
      readonly output?: TextMatch
      /** The tool of such an output. */
      readonly tool?: string
      /** Any text of the input, be it of the engine's own; tells threads apart. */
      readonly anywhere?: TextMatch
      readonly instructions?: TextMatch
      readonly model?: string
    }

export function matchesRequest(request: ModelRequest, matcher: RequestMatcher): boolean {
  if (typeof matcher === 'function') return matcher(request)
  if (typeof matcher === 'string' || matcher instanceof RegExp) return newTexts(request).some((text) => matchesText(text, matcher))
  const { user, output, tool, anywhere, instructions, model } = matcher
  const outputs = newOutputs(request).filter((each) => output === undefined || matchesText(each.text, output))
  return (
    (model === undefined || request.model === model) &&
    (instructions === undefined || matchesText(request.instructions ?? '', instructions)) &&
    (user === undefined || newsOf(request.input).some((item) => isOfUser(item) && matchesText(textOfItem(item), user))) &&
    (output === undefined || outputs.length > 0) &&
    (tool === undefined || outputs.some((each) => each.tool === tool)) &&
    (anywhere === undefined || request.input.some((item) => matchesText(textOfItem(item), anywhere)))
  )
}

/** A pattern with the `g` or `y` flag begins at the start each time. */
export function matchesText(text: string, wanted: TextMatch): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : text.search(wanted) !== -1
}

function newTexts({ input }: ModelRequest): string[] {
  return newsOf(input).flatMap((item) => (isOfUser(item) || isCallOutputItem(item) ? [textOfItem(item)] : []))
}

function newOutputs({ input }: ModelRequest): { readonly text: string; readonly tool: string | null }[] {
  return newsOf(input).flatMap((item) => {
    if (!isCallOutputItem(item)) return []
    const call = input.findLast((each) => isCallItem(each) && callIdOf(each) === item.call_id)
    return [{ text: textOf(item.output), tool: call !== undefined && 'name' in call ? (call.name ?? null) : null }]
  })
}

function isOfUser(item: ResponseItem): boolean {
  return item.type === 'message' && item.role === 'user' && !isContextualMessage(item)
}

function textOfItem(item: ResponseItem): string {
  if (item.type === 'message') return textOf(item.content)
  if (isCallOutputItem(item)) return textOf(item.output)
  if (item.type === 'function_call') return item.arguments
  return item.type === 'custom_tool_call' ? item.input : ''
}
