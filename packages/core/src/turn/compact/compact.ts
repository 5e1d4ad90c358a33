import { estimateTokens, raceSignal, throwIfCancelled } from '@octavo/base'
import type { ItemId, ResponseItem } from '@octavo/protocol'
import { tellWorld, writeWorld } from '../../context/assemble.ts'
import type { Telling } from '../../context/assemble.ts'
import { reportUsage } from '../report-usage.ts'
import type { Line } from '../respond.ts'
import { captureSurroundings } from '../step.ts'
import type { TurnContext, TurnParts } from '../turn-context.ts'
import { sortHistory } from './material.ts'
import type { Material } from './material.ts'
import { tokensOf, withContext } from './replacement.ts'
import { LEAST_TOKENS, shorten } from './shorten.ts'
import { activeTokens, waitingTokens } from './window.ts'

/** How history is to be shortened. */
export interface CompactionOrder {
  /** In the middle of a turn the surroundings stand in the new history; otherwise the next step tells them all. */
  readonly inTurn: boolean
  /** Without asking a model. */
  readonly modelFree: boolean
  /** Input in history that no model has seen: it stays behind what is shortened, as it is. */
  readonly unseen: readonly ResponseItem[]
  /** The provider found history too long, so what is known of the window does not hold. */
  readonly rejected: boolean
  /** The turn cannot go on without it. */
  readonly needed: boolean
}

/** What history may hold when neither a window nor a threshold is known. */
const UNKNOWN_WINDOW_TOKENS = 64_000
/** What stays of a history the provider found too long, however short it seems. */
const LEAST_AFTER_REJECTION = 2_000

/**
 * Replaces history by a shorter one: makes it, verifies it, puts it in place, and only then tells of it. Whatever fails or is cut on the
 * way leaves history untouched. What arrives meanwhile waits in the inbox and comes behind it.
 *
 * @throws as {@link shorten}
 */
export async function compact(order: CompactionOrder, turn: TurnContext, parts: TurnParts, line: Line): Promise<void> {
  const { recorder, contributors } = parts
  const { signal } = turn.scope
  const item = { type: 'contextCompaction', id: turn.ports.ids.next('item') as ItemId } as const
  recorder.startItem(item)
  const { total } = recorder.usage
  const before = activeTokens(recorder.history, recorder.usage)
  recorder.emit({ type: 'compaction.started', window: recorder.window.number, tokens: before })
  try {
    const world = order.inTurn ? await raceSignal(captureSurroundings(turn, parts, null), signal) : null
    const telling = world === null ? null : tellWorld(world, null, contributors)
    const sectionIds = new Set(contributors.sections.map(({ id }) => id))
    const material = sortHistory(recorder.history.items, new Set(order.unseen), sectionIds)
    const target = { tokens: roomOf(order, material, telling, turn, parts), modelFree: order.modelFree, needed: order.needed }
    const { items, message } = await shorten(material, target, turn, parts, line)
    throwIfCancelled(signal)
    const base = newBase(items, order.unseen, telling?.words ?? [])
    recorder.replaceHistory(base, message, (recorded) => baseTokens(turn) + tokensOf(recorded))
    if (world !== null && telling !== null) writeWorld(telling, null, world.input, recorder)
  } catch (error) {
    recorder.withdrawItem(item.id)
    // A summary was paid for, whatever became of it.
    if (recorder.usage.total !== total) reportUsage(turn, parts)
    throw error
  }
  reportUsage(turn, parts)
  recorder.emit({ type: 'compaction.completed', window: recorder.window.number, tokens: recorder.usage.last.totalTokens })
  recorder.completeItem(item)
  recorder.warn('long_thread', LONG_THREAD)
  recorder.flushSoon()
}

/** Input that no model has seen is the newest thing there is, so it stands behind the surroundings, as it does when it is said. */
function newBase(
  items: readonly ResponseItem[],
  unseen: readonly ResponseItem[],
  context: readonly ResponseItem[],
): readonly ResponseItem[] {
  return unseen.length === 0 ? withContext(items, context) : [...items, ...context, ...unseen]
}

const LONG_THREAD =
  'History was replaced by a summary, and each summary leaves something out: in long threads the model gets less exact. Start a new thread for new work'

/** What the shortened part may hold: the threshold, or the window where the threshold leaves too little, less what stands around it. */
function roomOf(
  { unseen, rejected }: CompactionOrder,
  material: Material,
  telling: Telling | null,
  turn: TurnContext,
  { inbox }: TurnParts,
): number {
  const told = telling === null ? material.toldTokens : tokensOf(telling.words)
  const around = baseTokens(turn) + told + tokensOf(unseen) + waitingTokens(inbox.peek())
  const { compactAt, window } = turn
  const limits = [compactAt, window].filter((limit) => limit !== null).map((limit) => limit - around)
  const enough = limits.find((room) => room >= material.pinnedTokens + LEAST_TOKENS)
  const room = enough ?? limits.at(-1) ?? Math.max(material.saidTokens, UNKNOWN_WINDOW_TOKENS)
  return rejected ? Math.min(room, Math.max(Math.floor(material.saidTokens / 2), LEAST_AFTER_REJECTION)) : room
}

/** Instructions stand before every request and are no part of history. */
function baseTokens({ baseInstructions }: TurnContext): number {
  return estimateTokens(baseInstructions)
}
