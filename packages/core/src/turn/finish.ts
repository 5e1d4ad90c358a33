import { OctavoError } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import type { ResponseItem, TurnSummary, UserInput } from '@octavo/protocol'
import type { Inbox } from '../session/inbox.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { TurnResult } from '../thread/thread.ts'
import { recordInput } from './input.ts'
import type { TurnContext } from './turn-context.ts'

export type TurnEnding =
  | { readonly kind: 'completed'; readonly lastMessage: string | null }
  | { readonly kind: 'interrupted'; readonly reason: CancelReason }
  | { readonly kind: 'failed'; readonly error: OctavoError }

type FinishParts = Pick<ThreadParts, 'recorder' | 'contributors' | 'terminals'>

/** Tells the model that a turn was stopped on purpose, and what may be left of it. */
const INTERRUPTED_NOTE = [
  'The user stopped the previous turn on purpose. Commands that were running may have been cut half-way, so check before relying on their effects.',
  'Background terminals may still be running. Do not resume that work unless the user asks for it.',
].join(' ')
const REPLACED_NOTE = [
  'The previous turn was stopped half-way because new input replaced it. Commands that were running may have been cut, so check before relying on their effects.',
].join(' ')

/** Ends a turn in one order: what it left in history, the file, `turn.completed`. Nothing after it bears the turn's id. */
export async function finishTurn(turn: TurnContext, ending: TurnEnding, inbox: Inbox, parts: FinishParts): Promise<TurnResult> {
  const { recorder, contributors, terminals } = parts
  const unused = await settleInbox(turn, ending, inbox, parts)
  if (ending.kind === 'interrupted') recorder.record([abortedNote(ending.reason)])
  for (const item of recorder.openItems) if (item.type !== 'commandExecution') recorder.completeItem(item, { withdrawn: true })
  const summary = summaryOf(turn, ending)
  const error = await told(turn, summary, ending.kind === 'failed' ? ending.error : null, contributors)
  // Readers look at the file when they hear that the turn has ended, so everything before that is in it.
  const unwritten = await flushed(parts)
  terminals.detach()
  const lastMessage = ending.kind === 'completed' ? ending.lastMessage : null
  const reported = error ?? (ending.kind === 'completed' ? unwritten : null)
  const ended: TurnSummary = reported === null ? summary : { ...summary, status: 'failed' }
  recorder.emit({ type: 'turn.completed', turn: ended, lastMessage, error: reported, unused })
  recorder.endTurn()
  await flushed(parts)
  return { status: ended.status === 'running' ? 'failed' : ended.status, lastMessage, error: reported, usage: recorder.usage.total, unused }
}

/** Tells extensions; a required one that fails is why the turn failed, unless it failed already. */
async function told(
  turn: TurnContext,
  summary: TurnSummary,
  error: OctavoError | null,
  contributors: FinishParts['contributors'],
): Promise<OctavoError | null> {
  try {
    await contributors.turnEnded(summary, error, turn.state)
    return error
  } catch (failure) {
    return error ?? (OctavoError.is(failure) ? failure : null)
  }
}

/** Steers that no request saw: recorded when the turn ended by itself, given back when it was cut. */
async function settleInbox(turn: TurnContext, ending: TurnEnding, inbox: Inbox, parts: FinishParts): Promise<readonly UserInput[]> {
  const left = inbox.drain()
  if (ending.kind !== 'completed') return left.flatMap((entry) => (entry.kind === 'input' ? entry.items : []))
  await recordInput(left, turn, parts)
  return []
}

/** A file that was never made is the turn's failure; one that stopped taking lines was warned about already. */
async function flushed({ recorder }: Pick<FinishParts, 'recorder'>): Promise<OctavoError | null> {
  try {
    await recorder.flushOrWarn()
    return null
  } catch (error) {
    // Only StoreError comes out of a flush.
    return error as OctavoError
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

function summaryOf(turn: TurnContext, ending: TurnEnding): TurnSummary {
  const completedAt = turn.ports.clock.now()
  return {
    ...turn.summary,
    status: ending.kind,
    reason: ending.kind === 'interrupted' ? ending.reason : null,
    completedAt,
    durationMs: completedAt - turn.summary.startedAt,
  }
}
