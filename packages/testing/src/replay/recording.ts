import { stableStringify } from '@octavo/base'
import { isCallItem, isCallOutputItem, isContextualMessage } from '@octavo/protocol'
import type { MessageItem, ResponseItem, UserInput } from '@octavo/protocol'
import type { RolloutLine } from '@octavo/protocol/rollout'
import type { Cassette } from '../cassette/index.ts'
import { isFromModel, newsOf } from '../scripted-model/request-outline.ts'
import { callsOf } from '../transcript/conversation.ts'
import type { MadeCall } from '../transcript/conversation.ts'

/** What was said in one turn of a recorded thread. */
export interface RecordedTurn {
  /** What began it; what came while it ran is left out, since it changes no output of a tool. */
  readonly input: readonly UserInput[]
  /** What the model said, response by response. */
  readonly steps: readonly (readonly ResponseItem[])[]
}

export interface Recording {
  readonly turns: readonly RecordedTurn[]
  readonly calls: readonly MadeCall[]
}

/** The turns of a rollout: all that was ever said, what was left behind by a compaction included. */
export function recordingOfRollout(lines: readonly RolloutLine[]): Recording {
  return recordingOf(lines.flatMap(({ item }) => (item.type === 'response_item' ? [item.payload] : [])))
}

/** The turns of one thread of a cassette, as far as its exchanges tell them. */
export function recordingOfCassette({ exchanges }: Cassette, thread: number): Recording {
  const history: ResponseItem[] = []
  for (const exchange of exchanges) {
    if (exchange.thread !== thread) continue
    // A request in its normal form still holds its items.
    const input = exchange.request['input'] as unknown as readonly ResponseItem[]
    history.push(...(continues(history, input) ? input.slice(history.length) : newsOf(input)))
    if (exchange.end.kind !== 'whole') continue
    history.push(...exchange.events.flatMap((event) => (event.type === 'item.done' ? [withoutNotes(event.item)] : [])))
  }
  return recordingOf(history)
}

/** True when a request goes on where the conversation stood; after a compaction it does not. */
function continues(history: readonly ResponseItem[], input: readonly ResponseItem[]): boolean {
  return history.every((item, at) => stableStringify(item) === stableStringify(input[at]))
}

/** As the normal form of a request has it, so that the two can be compared. */
function withoutNotes(item: ResponseItem): ResponseItem {
  const { id: _id, internal_chat_message_metadata_passthrough: _notes, ...rest } = item
  const { status: _status, ...bare } = rest as typeof rest & { readonly status?: string }
  // Only fields that every item may do without were taken away.
  return bare as ResponseItem
}

interface OpenTurn {
  readonly id: string | null
  readonly input: UserInput[]
  readonly steps: ResponseItem[][]
}

function recordingOf(history: readonly ResponseItem[]): Recording {
  const turns: OpenTurn[] = []
  let inResponse = false
  for (const item of history) {
    if (isFromModel(item)) {
      const turn = turns.at(-1) ?? added(turns, { id: turnIdOf(item), input: [], steps: [] })
      if (inResponse) turn.steps.at(-1)?.push(item)
      else turn.steps.push([item])
      inResponse = true
      continue
    }
    inResponse = false
    if (item.type !== 'message' || isContextualMessage(item)) continue
    const current = turns.at(-1)
    if (current === undefined || beginsTurn(item, current)) added(turns, { id: turnIdOf(item), input: inputOf(item), steps: [] })
    else if (current.steps.length === 0) current.input.push(...inputOf(item))
  }
  return { turns, calls: callsOf(history) }
}

function added(turns: OpenTurn[], turn: OpenTurn): OpenTurn {
  turns.push(turn)
  return turn
}

/** Told by the turn that an item bears; where it bears none, by whether the model had more to do. */
function beginsTurn(item: MessageItem, current: OpenTurn): boolean {
  const id = turnIdOf(item)
  if (id !== null && current.id !== null) return id !== current.id
  const last = current.steps.at(-1)
  return last !== undefined && !last.some(isCallItem)
}

function turnIdOf(item: ResponseItem): string | null {
  return item.internal_chat_message_metadata_passthrough?.turn_id ?? null
}

function inputOf(item: MessageItem): UserInput[] {
  return item.content.flatMap((part): UserInput[] => {
    if (part.type === 'input_text') return [{ type: 'text', text: part.text }]
    if (part.type !== 'input_image') return []
    return [{ type: 'image', imageUrl: part.image_url, ...(part.detail === undefined ? {} : { detail: part.detail }) }]
  })
}

/** The outputs that a request brings, by call id. */
export function newOutputs(input: readonly ResponseItem[]): ReadonlySet<string> {
  return new Set(newsOf(input).flatMap((item) => (isCallOutputItem(item) ? [item.call_id] : [])))
}
