import { CancelledError } from '@octavo/base'
import type { CancelReason, Clock, OctavoError } from '@octavo/base'
import type { Ordinal, ResponseItem, TurnSummary, UserInput } from '@octavo/protocol'
import type { InboxEntry } from '../session/inbox.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { ActiveTurn } from '../session/turn-slot.ts'
import { turnErrorOf } from './ending.ts'
import type { TurnEnding } from './ending.ts'

/** How a turn ended, as its last event tells it. */
export interface WoundUp {
  readonly summary: TurnSummary
  readonly lastMessage: string | null
  readonly error: OctavoError | null
  readonly unused: readonly UserInput[]
}

type FinishParts = Pick<ThreadParts, 'recorder' | 'contributors' | 'ports'>

/** Tells the model that a turn was stopped on purpose, and what may be left of it. */
const INTERRUPTED_NOTE = [
  'The user stopped the previous turn on purpose. Commands that were running may have been cut half-way, so check before relying on their effects.',
  'Background terminals may still be running. Do not resume that work unless the user asks for it.',
].join(' ')
const REPLACED_NOTE = [
  'The previous turn was stopped half-way because new input replaced it. Commands that were running may have been cut, so check before relying on their effects.',
].join(' ')

/**
 * Everything between the end of the work and `turn.completed`, in one order: what the turn leaves in history, its open items, the
 * extensions, the file. Never rejects.
 */
export async function windUp(turn: ActiveTurn, ending: TurnEnding, parts: FinishParts): Promise<WoundUp> {
  const { recorder, contributors, ports } = parts
  turn.inbox.close()
  const left = turn.inbox.drain()
  const unused = settleInbox(left, recorder)
  if (ending.kind === 'interrupted') recorder.record([abortedNote(ending.reason)])
  for (const item of recorder.openItems) if (item.type !== 'commandExecution') recorder.completeItem(item, { withdrawn: true })
  const summary = summaryOf(turn.summary, ending, ports.clock)
  const error = await told(turn, summary, ending.kind === 'failed' ? ending.error : null, contributors)
  // Readers look at the file when they hear that the turn has ended, so everything before that is in it.
  const file = await flushed(parts)
  for (const { kind, recorded } of left) recorded(kind === 'items' ? file.ordinal : null)
  const reported = error ?? (ending.kind === 'completed' ? file.error : null)
  return {
    summary: reported === null ? summary : { ...summary, status: 'failed' },
    lastMessage: ending.kind === 'completed' ? ending.lastMessage : null,
    error: reported,
    unused,
  }
}

/** The line of the last event. What keeps it from the file is told when the next turn is asked for. */
export async function flushAtEnd(parts: Pick<FinishParts, 'recorder'>): Promise<Ordinal | null> {
  return (await flushed(parts)).ordinal
}

/** Tells extensions; a required one that fails is why the turn failed, unless it failed already. */
async function told(
  turn: ActiveTurn,
  summary: TurnSummary,
  error: OctavoError | null,
  contributors: FinishParts['contributors'],
): Promise<OctavoError | null> {
  try {
    await contributors.turnEnded(summary, error, turn.state)
    return error
  } catch (failure) {
    // One that stopped because the turn was cut has not failed.
    return error ?? (CancelledError.is(failure) ? null : turnErrorOf(failure))
  }
}

/** What no request saw: injected items enter history all the same, input is given back. */
function settleInbox(left: readonly InboxEntry[], recorder: FinishParts['recorder']): readonly UserInput[] {
  const unused: UserInput[] = []
  for (const entry of left) {
    if (entry.kind === 'items') recorder.record(entry.items)
    else unused.push(...entry.items)
  }
  return unused
}

interface Flushed {
  readonly ordinal: Ordinal | null
  /** Why the file was never made. One that stopped taking lines was warned about already. */
  readonly error: OctavoError | null
}

async function flushed({ recorder }: Pick<FinishParts, 'recorder'>): Promise<Flushed> {
  try {
    return { ordinal: await recorder.flushOrWarn(), error: null }
  } catch (error) {
    return { ordinal: null, error: turnErrorOf(error) }
  }
}

function abortedNote(reason: CancelReason): ResponseItem {
  const note = reason === 'replaced' ? REPLACED_NOTE : INTERRUPTED_NOTE
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `<turn_aborted>\n${note}\n</turn_aborted>` }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.turn_aborted'] },
  }
}

export function summaryOf(summary: TurnSummary, ending: TurnEnding, clock: Clock): TurnSummary {
  const completedAt = clock.now()
  return {
    ...summary,
    status: ending.kind,
    reason: ending.kind === 'interrupted' ? ending.reason : null,
    completedAt,
    durationMs: completedAt - summary.startedAt,
  }
}
