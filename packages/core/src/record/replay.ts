import { isRecord, mergePatch } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import { ZERO_USAGE } from '@octavo/protocol'
import type { ResponseItem, TokenUsage } from '@octavo/protocol'
import type { CompactedRecord, RolloutItem, RolloutLine, SessionMeta, TurnContextRecord } from '@octavo/protocol/rollout'
import type { WindowPosition } from '../state/context-window.ts'
import { noteSaved } from '../state/extension-saves.ts'
import type { Saved } from '../state/extension-saves.ts'
import { Segments } from './segments.ts'
import { SpentFold } from './spent-record.ts'
import type { ReplayedSpent } from './spent-record.ts'
import { fromWireUsage } from './wire-usage.ts'

/** A thread as its rollout left it. */
export interface ReplayedThread {
  /** First record of the file; null when there is none that can be read. */
  readonly meta: SessionMeta | null
  readonly history: readonly ResponseItem[]
  /** Settings of the last turn that survives. */
  readonly lastContext: TurnContextRecord | null
  /** What the model was last told of its surroundings; null: tell everything. */
  readonly world: JsonObject | null
  readonly usage: { readonly last: TokenUsage; readonly total: TokenUsage }
  /** By the thread itself: what a fork inherits is not in it. */
  readonly spent: ReplayedSpent
  /** How many items of history, from the first, the last report of usage counts. */
  readonly counted: number
  /** The context window it is in. */
  readonly window: WindowPosition
  /** Every turn the file knows, with the hash of what started it; null for turns of other writers. */
  readonly turns: ReadonlyMap<string, string | null>
  /** Submission ids of turns, where the file names them. */
  readonly submissions: ReadonlyMap<string, string>
  /** What extensions keep with it. */
  readonly saved: Saved
  /** How the last turn stands. */
  readonly lastTurn: 'none' | 'closed' | 'interrupted'
}

/** Folds the lines of a rollout, in file order, into the state a thread is resumed with. Needs no model and changes nothing. */
export class Replay {
  readonly #segments = new Segments()
  readonly #turns = new Map<string, string | null>()
  readonly #submissions = new Map<string, string>()
  readonly #saved = new Map<string, Map<string, JsonValue>>()
  readonly #spent = new SpentFold()
  readonly #id: string | null
  #meta: SessionMeta | null = null
  #usage: ReplayedThread['usage'] = { last: ZERO_USAGE, total: ZERO_USAGE }

  /** `id`: the thread whose `session_meta` counts where an inherited prefix brings another along; null takes the first. */
  constructor(id: string | null = null) {
    this.#id = id
  }

  add({ item }: RolloutLine): void {
    if (item.type === 'session_meta') this.#takeMeta(item.payload)
    else this.#note(item)
    this.#segments.add(item)
  }

  /** Only the first one decides, and one of this thread before any of another: others are copies and inherited prefixes. */
  #takeMeta(meta: SessionMeta): void {
    const another = this.#id !== null && this.#meta?.id !== this.#id && meta.id === this.#id
    if (this.#meta !== null && !another) return
    this.#meta = meta
    this.#spent.restart()
  }

  /** Facts that a rollback does not undo. */
  #note(item: RolloutItem): void {
    this.#spent.add(item)
    if (item.type === 'octavo_start') {
      this.#turns.set(item.payload.turn_id, item.payload.hash)
      this.#submissions.set(item.payload.submission_id, item.payload.turn_id)
    } else if (item.type === 'octavo_extension') {
      noteSaved(this.#saved, item.payload.extension, item.payload.key, item.payload.value)
    } else if (item.type === 'event_msg' && item.payload.type === 'task_started') {
      if (!this.#turns.has(item.payload.turn_id)) this.#turns.set(item.payload.turn_id, null)
    } else if (item.type === 'event_msg' && item.payload.type === 'token_count' && item.payload.info !== null) {
      const { last_token_usage: last, total_token_usage: total } = item.payload.info
      this.#usage = { last: fromWireUsage(last), total: fromWireUsage(total) }
    }
  }

  end(): ReplayedThread {
    const fold = new SurvivorFold()
    const { live } = this.#segments
    for (const { items } of live) for (const item of items) fold.add(item)
    const last = live.length > 1 ? live[live.length - 1] : undefined
    return {
      meta: this.#meta,
      history: fold.history,
      lastContext: fold.context,
      world: fold.world,
      usage: this.#usage,
      spent: this.#spent.spent,
      counted: fold.counted,
      window: this.#windowOf(fold),
      turns: this.#turns,
      submissions: this.#submissions,
      saved: this.#saved,
      lastTurn: last === undefined ? 'none' : last.closed ? 'closed' : 'interrupted',
    }
  }

  #windowOf({ windowNumber: number, windowId, firstWindowId }: SurvivorFold): WindowPosition {
    const first = this.#meta?.context_window?.window_id ?? null
    return { number, id: windowId ?? (number === 0 ? first : null), firstId: firstWindowId ?? first }
  }
}

/** What the surviving records add up to. */
class SurvivorFold {
  history: ResponseItem[] = []
  context: TurnContextRecord | null = null
  world: JsonObject | null = null
  counted = 0
  windowNumber = 0
  windowId: string | null = null
  firstWindowId: string | null = null
  /** The next report follows a response that says nothing about what history holds. */
  #beside = false

  add(item: RolloutItem): void {
    switch (item.type) {
      case 'response_item':
        // Frozen and shared from here on, as live items are.
        this.history.push(Object.freeze(item.payload))
        break
      case 'compacted':
        this.#compacted(item.payload)
        break
      case 'turn_context':
        this.context = item.payload
        break
      case 'event_msg':
        if (item.payload.type === 'token_count' && item.payload.info !== null) this.#reported()
        break
      case 'token_usage_record':
        this.#beside = item.payload.octavo_beside !== undefined
        break
      case 'world_state':
        this.#worldState(item.payload.full, item.payload.state)
        break
      default:
        break
    }
  }

  #reported(): void {
    if (!this.#beside) this.counted = this.history.length
    this.#beside = false
  }

  #compacted(record: CompactedRecord): void {
    // Frozen and shared with the record, as live items are.
    this.history = (record.replacement_history ?? this.#legacyReplacement(record.message)).map((item) => Object.freeze(item))
    this.counted = this.history.length
    this.world = null
    this.windowNumber = record.window_number ?? (typeof record.window_id === 'number' ? record.window_id : this.windowNumber + 1)
    this.windowId = typeof record.window_id === 'string' ? record.window_id : null
    this.firstWindowId = record.first_window_id ?? this.firstWindowId
  }

  /** Old files name only the summary: what the user said so far, then the summary. */
  #legacyReplacement(message: string): readonly ResponseItem[] {
    const said = this.history.filter((item) => item.type === 'message' && item.role === 'user')
    return [...said, { type: 'message', role: 'user', content: [{ type: 'input_text', text: message }] }]
  }

  #worldState(full: boolean, state: JsonValue): void {
    if (full) this.world = isRecord(state) ? (state as JsonObject) : null
    // A patch without a base cannot be applied: the model is told everything again.
    else if (this.world !== null) this.world = mergePatch(this.world, state) as JsonObject
  }
}

/** As {@link Replay}, over lines that are all at hand. */
export function replayRollout(lines: Iterable<RolloutLine>): ReplayedThread {
  const replay = new Replay()
  for (const line of lines) replay.add(line)
  return replay.end()
}
