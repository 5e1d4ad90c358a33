import { isRecord, truncateMiddle } from '@octavo/base'
import type { OutputBody, TurnItem } from '@octavo/protocol'
import type { RawToolCall, ToolOutput } from '@octavo/extension-api'
import type { CallOutputItem, ContentItem } from '@octavo/protocol'
import { boundedParts } from '../record/bounded-parts.ts'

/** How a call went, and the words for the model. */
export interface ToolOutcome {
  readonly kind: 'ok' | 'failed' | 'declined' | 'aborted'
  readonly content: string | readonly ContentItem[]
  /** Text of a third party. */
  readonly external?: boolean
}

export function failed(message: string): ToolOutcome {
  return { kind: 'failed', content: message }
}

/** @throws TypeError for an output that is none, which a handler may give that no compiler has seen */
export function outcomeOf(output: ToolOutput<unknown>): ToolOutcome {
  if (!isContent(output?.content)) throw new TypeError('its output has no content that can be sent')
  const kind = output.success ? 'ok' : 'failed'
  return { kind, content: output.content, ...(output.external === true ? { external: true } : {}) }
}

/** The one field of each part. */
const PARTS: Readonly<Record<ContentItem['type'], string>> = {
  input_text: 'text',
  output_text: 'text',
  input_image: 'image_url',
  input_audio: 'audio_url',
  encrypted_content: 'encrypted_content',
}

export function isContent(content: unknown): content is ToolOutput<unknown>['content'] {
  return typeof content === 'string' || (Array.isArray(content) && content.every(isPart))
}

function isPart(part: unknown): boolean {
  if (!isRecord(part) || typeof part['type'] !== 'string' || !Object.hasOwn(PARTS, part['type'])) return false
  return typeof part[PARTS[part['type'] as ContentItem['type']]] === 'string'
}

/** The history item that answers a call, in the call's own form. */
export function toOutputItem(call: RawToolCall, outcome: ToolOutcome): CallOutputItem {
  const output = bodyOf(outcome.content)
  if (call.format === 'freeform') return { type: 'custom_tool_call_output', call_id: call.callId, output }
  return { type: 'function_call_output', call_id: call.callId, output }
}

/** A single text is sent bare. */
function bodyOf(content: string | readonly ContentItem[]): OutputBody {
  if (typeof content === 'string') return content
  const [only] = content
  return content.length === 1 && only?.type === 'input_text' ? only.text : content
}

/** The item of a call that nobody completed, closed by how the call went. */
export function closedItem(item: TurnItem, outcome: ToolOutcome, durationMs: number): TurnItem {
  const status = outcome.kind === 'ok' ? 'completed' : outcome.kind === 'declined' ? 'declined' : 'failed'
  switch (item.type) {
    case 'commandExecution':
      // A command that never ran has the reason as its output; one that ran keeps its own words.
      return {
        ...item,
        status: item.exitCode === null ? status : item.exitCode === 0 ? 'completed' : 'failed',
        output: item.output ?? bounded(textOf(outcome.content)),
        durationMs,
      }
    case 'fileChange':
      return { ...item, status, stderr: item.stderr ?? (outcome.kind === 'ok' ? '' : bounded(textOf(outcome.content))) }
    case 'toolCall':
      return {
        ...item,
        status,
        content: shown(outcome.content),
        error: outcome.kind === 'ok' ? null : bounded(textOf(outcome.content)),
        durationMs,
      }
    case 'agentCall':
      return { ...item, status }
    default:
      return item
  }
}

/** Most bytes of text that clients are shown of an output. */
const SHOWN_BYTES = 1_048_576

function shown(content: string | readonly ContentItem[]): readonly ContentItem[] {
  if (typeof content === 'string') return [{ type: 'input_text', text: bounded(content) }]
  return boundedParts(content, { mode: 'bytes', limit: SHOWN_BYTES })
}

function bounded(text: string): string {
  return truncateMiddle(text, { mode: 'bytes', limit: SHOWN_BYTES })
}

function textOf(content: string | readonly ContentItem[]): string {
  if (typeof content === 'string') return content
  return content.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n')
}
