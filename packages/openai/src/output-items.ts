import { isRecord } from '@octavo/base'
import type { ContentItem, ResponseItem } from '@octavo/protocol'

type Fields = Readonly<Record<string, unknown>>

/**
 * An output item of a response in the shape history keeps: known fields only, since everything kept is sent again with every request.
 * Null for a kind Octavo does not know and for one that lacks what its kind needs.
 */
export function outputItemOf(value: unknown): ResponseItem | null {
  if (!isRecord(value)) return null
  const read = READERS.get(String(value['type']))
  const id = textOf(value['id'])
  return read === undefined ? null : read(value, id === null ? {} : { id })
}

interface WithId {
  readonly id?: string
}

type Reader = (fields: Fields, id: WithId) => ResponseItem | null

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    message: (fields, id) => {
      const phase = fields['phase']
      return {
        type: 'message',
        ...id,
        role: 'assistant',
        content: arrayOf(fields['content']).flatMap(contentOf),
        ...(phase === 'commentary' || phase === 'final_answer' ? { phase } : {}),
      }
    },
    reasoning: (fields, id) => {
      const content = arrayOf(fields['content']).flatMap((part) =>
        isRecord(part) && (part['type'] === 'reasoning_text' || part['type'] === 'text') && typeof part['text'] === 'string'
          ? [{ type: part['type'], text: part['text'] } as const]
          : [],
      )
      return {
        type: 'reasoning',
        ...id,
        summary: arrayOf(fields['summary']).flatMap((part) =>
          isRecord(part) && typeof part['text'] === 'string' ? [{ type: 'summary_text', text: part['text'] } as const] : [],
        ),
        ...(content.length === 0 ? {} : { content }),
        encrypted_content: textOf(fields['encrypted_content']),
      }
    },
    function_call: (fields, id) => {
      const { name, arguments: input, call_id: callId, namespace } = fields
      if (typeof name !== 'string' || typeof input !== 'string' || typeof callId !== 'string') return null
      return {
        type: 'function_call',
        ...id,
        name,
        ...(typeof namespace === 'string' ? { namespace } : {}),
        arguments: input,
        call_id: callId,
      }
    },
    custom_tool_call: (fields, id) => {
      const { name, input, call_id: callId, namespace } = fields
      if (typeof name !== 'string' || typeof input !== 'string' || typeof callId !== 'string') return null
      const more = { ...(typeof namespace === 'string' ? { namespace } : {}), ...statusOf(fields) }
      return { type: 'custom_tool_call', ...id, call_id: callId, name, input, ...more }
    },
    local_shell_call: (fields, id) => {
      const { action, call_id: callId } = fields
      if (!isRecord(action) || !Array.isArray(action['command']) || !action['command'].every((word) => typeof word === 'string'))
        return null
      const { timeout_ms: timeoutMs, working_directory: directory, env, user } = action
      return {
        type: 'local_shell_call',
        ...id,
        ...(typeof callId === 'string' ? { call_id: callId } : {}),
        ...statusOf(fields),
        action: {
          type: 'exec',
          command: action['command'],
          ...(typeof timeoutMs === 'number' ? { timeout_ms: timeoutMs } : {}),
          ...(typeof directory === 'string' ? { working_directory: directory } : {}),
          ...(isRecord(env) ? { env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, String(text)])) } : {}),
          ...(typeof user === 'string' ? { user } : {}),
        },
      }
    },
    web_search_call: (fields, id) => {
      const { action } = fields
      // What was parsed from JSON is JSON.
      return { type: 'web_search_call', ...id, ...statusOf(fields), ...(isRecord(action) ? { action: action as never } : {}) }
    },
    image_generation_call: (fields, id) => {
      const { status, result, revised_prompt: prompt } = fields
      if (typeof result !== 'string') return null
      return {
        type: 'image_generation_call',
        ...id,
        status: typeof status === 'string' ? status : 'completed',
        ...(typeof prompt === 'string' ? { revised_prompt: prompt } : {}),
        result,
      }
    },
    compaction: compactionOf,
    compaction_summary: compactionOf,
  }),
)

function compactionOf(fields: Fields, id: WithId): ResponseItem | null {
  const sealed = textOf(fields['encrypted_content'])
  return sealed === null ? null : { type: 'compaction', ...id, encrypted_content: sealed }
}

/** A refusal is what the model said; it is kept as its text. */
function contentOf(part: unknown): readonly ContentItem[] {
  if (!isRecord(part)) return []
  const text =
    part['type'] === 'refusal' ? part['refusal'] : part['type'] === 'output_text' || part['type'] === 'text' ? part['text'] : null
  return typeof text === 'string' ? [{ type: 'output_text', text }] : []
}

function statusOf(fields: Fields): { readonly status?: string } {
  return typeof fields['status'] === 'string' ? { status: fields['status'] } : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
