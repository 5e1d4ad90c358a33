import { CancelledError } from '@octavo/base'
import type { CancelReason, Clock, OctavoError } from '@octavo/base'
import type { Ordinal, ResponseItem, TurnSummary, UserInput } from '@octavo/protocol'
import type { InboxEntry } from '../session/inbox.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { ActiveTurn } from '../session/turn-slot.ts'
import { turnErrorOf } from './ending.ts'
import type { TurnEnding } from './ending.ts'
import { turnSite } from './turn-context.ts'

/** How a turn ended, as its last event tells it. */
export interface WoundUp {
  readonly summary: TurnSummary
  readonly lastMessage: string | null
  readonly error: OctavoError | null
  readonly unused: readonly UserInput[]
}

type FinishParts = Pick<ThreadParts, 'recorder' | 'contributors' | 'ports' | 'identity'>

/** Tells the model that a turn was stopped on purpose, and what may be left of it. */
const INTERRUPTED_NOTE = [
  'The user stopped the previous turn on purpose. Commands that were running may have been cut half-way, so check before relying on their effects.',
  'Background terminals may still be running. Do not resume that work unless the user asks for it.',
].join(' ')
const REPLACED_NOTE = stoppedNote('new input replaced it')
const BUDGET_NOTE = stoppedNote('its budget was used up')

/** How a turn ended, and what was still waiting then. */
export interface Left extends WoundUp {
  readonly entries: readonly InboxEntry[]
}

/**
 * What a turn leaves, at once: its inbox, the note about having been cut, its open items. What no request saw is settled: injected items
 * enter history all the same, input is given back.
 */
export function takeLeft(turn: ActiveTurn, ending: TurnEnding, { recorder, ports }: Pick<FinishParts, 'recorder' | 'ports'>): Left {
  turn.inbox.close()
  const entries = turn.inbox.drain()
  for (const entry of entries) if (entry.kind === 'items') recorder.record(entry.items)
  // A turn that found its budget used up has done nothing that the model should know of.
  const didNothing = ending.kind === 'interrupted' && ending.reason === 'budgetLimited' && entries[0]?.cause === turn.submissionId
  if (ending.kind === 'interrupted' && !didNothing) recorder.record([abortedNote(ending.reason)])
  for (const item of recorder.openItems) if (item.type !== 'commandExecution') recorder.completeItem(item, { withdrawn: true })
  return {
    summary: summaryOf(turn.summary, ending, ports.clock),
    lastMessage: ending.kind === 'completed' ? ending.lastMessage : null,
    error: ending.kind === 'completed' ? null : ending.error,
    unused: entries.flatMap((entry) => (entry.kind === 'input' ? entry.items : [])),
    entries,
  }
}

/** Everything between the end of the work and `turn.completed`, in one order: what the turn leaves, the extensions, the file. Never rejects. */
export async function windUp(turn: ActiveTurn, ending: TurnEnding, parts: FinishParts): Promise<WoundUp> {
  const { summary, lastMessage, error, unused, entries } = takeLeft(turn, ending, parts)
  const failure = await told(turn, summary, error, parts)
  // Readers look at the file when they hear that the turn has ended, so everything before that is in it.
  const file = await flushed(parts)
  for (const { kind, recorded } of entries) recorded(kind === 'items' ? file.ordinal : null)
  const reported = failure ?? (ending.kind === 'completed' ? file.error : null)
  // Why a turn was stopped is no failure of it.
  return { summary: reported === error ? summary : { ...summary, status: 'failed' }, lastMessage, error: reported, unused }
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
  { contributors, identity, ports }: FinishParts,
): Promise<OctavoError | null> {
  try {
    const { turnId, state } = turn
    const { threadId, sessionId } = identity
    // The turn's own signal may have aborted: what is told of its end is not stopped by that.
    await contributors.turnEnded(summary, error, turnSite({ threadId, sessionId, turnId, state, ports }, new AbortController().signal))
    return error
  } catch (failure) {
    // One that stopped because the turn was cut has not failed.
    return error ?? (CancelledError.is(failure) ? null : turnErrorOf(failure))
  }
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

function stoppedNote(why: string): string {
  return `The previous turn was stopped half-way because ${why}. Commands that were running may have been cut, so check before relying on their effects.`
}

function abortedNote(reason: CancelReason): ResponseItem {
  const note = reason === 'replaced' ? REPLACED_NOTE : reason === 'budgetLimited' ? BUDGET_NOTE : INTERRUPTED_NOTE
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `<turn_aborted>\n${note}\n</turn_aborted>` }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.turn_aborted'] },
  }
}

function summaryOf(summary: TurnSummary, ending: TurnEnding, clock: Clock): TurnSummary {
  const completedAt = clock.now()
  return {
    ...summary,
    status: ending.kind,
    reason: ending.kind === 'interrupted' ? ending.reason : null,
    completedAt,
    durationMs: completedAt - summary.startedAt,
  }
}
