import { describeError, OctavoError } from '@octavo/base'
import { MAX_INPUT_CHARACTERS } from '@octavo/protocol'
import type { Admission, OpOf, SettingsOverrides, UserInput } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { runTurn } from '../../turn/run-turn.ts'
import { priceMissing } from '../../turn/spend.ts'
import { admitInput } from '../admit.ts'
import { checkedSettings } from '../checked-settings.ts'
import { modelIfKnown, priceFor } from '../model-of.ts'
import { askTurn, placeTurn, unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { InboxEntry } from '../inbox.ts'
import type { ThreadParts } from '../thread-parts.ts'
import type { ActiveTurn } from '../turn-slot.ts'
import { takeSettings } from '../turn-task.ts'

/** User input: starts a turn, steers the running one, or waits for it, by the admission table. */
export async function userInput(op: OpOf<'userInput'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known } = parts
  const { options } = submitted
  const tooLong = checkSize(op.items)
  if (tooLong !== null) return { kind: 'refused', error: tooLong }
  const asked = await askTurn(op, submitted, parts)
  if ('kind' in asked) return asked
  const { turnId, hash, prior } = asked
  // What could be taken when it was asked first is not looked at again.
  const wrong = prior.kind === 'unused' ? (checkSettings(op.settings, parts) ?? checkBudget(op, parts)) : null
  if (wrong !== null) return { kind: 'refused', error: wrong }
  const running = slot.taking
  const { whenBusy, replace = false } = options
  const verdict = admitInput({ items: op.items, turnId: turnId ?? undefined, whenBusy, replace }, { running, ...asked })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  const input = { kind: 'input', items: op.items, cause: submitted.id, recorded: submitted.recorded } as const
  if (verdict.verdict === 'steer') {
    known.noteSubmission(submitted.id, verdict.turnId, hash)
    return submitted.admit({ kind: 'steered', turnId: verdict.turnId }, () => {
      takeSettings(op.settings ?? {}, submitted.id, parts)
      if (running !== null) steerInto(running, input, op.clientMetadata)
    })
  }
  return placeTurn(
    {
      kind: 'regular',
      work: runTurn,
      first: input,
      settings: op.settings ?? {},
      outputSchema: op.outputSchema ?? null,
      ...(op.budget === undefined ? {} : { budget: op.budget }),
      clientMetadata: op.clientMetadata ?? {},
      hash,
      turnId,
    },
    replace ? 'replace' : verdict.verdict, // also of a turn that comes to its end, before those that wait for that
    submitted,
    parts,
  )
}

/** Input for a running turn, and what rides on its requests from now on. */
export function steerInto(turn: ActiveTurn, input: InboxEntry, clientMetadata: OpOf<'steer'>['clientMetadata']): void {
  if (clientMetadata !== undefined) turn.clientMetadata = { ...turn.clientMetadata, ...clientMetadata }
  turn.inbox.push(input)
}

/** Null when it is not too long. */
export function checkSize(items: readonly UserInput[]): RefusedError | null {
  const characters = items.reduce((sum, item) => sum + (item.type === 'text' ? item.text.length : 0), 0)
  if (characters <= MAX_INPUT_CHARACTERS) return null
  return new RefusedError('input_too_large', `input has ${characters} characters; ${MAX_INPUT_CHARACTERS} are taken at most`, {
    data: { characters, max_chars: MAX_INPUT_CHARACTERS },
  })
}

/** Null when the override can be taken. */
function checkSettings(overrides: SettingsOverrides | undefined, parts: ThreadParts): OctavoError | null {
  const next = checkedSettings(overrides, parts)
  return OctavoError.is(next) ? next : null
}

/** Null when the turn can be held to its budget. Settings were checked before. */
function checkBudget({ budget = {}, settings }: OpOf<'userInput'>, parts: ThreadParts): RefusedError | null {
  const { ports, defaults } = parts
  const chosen = parts.settings.preview(settings ?? {})
  try {
    const inDollars = parts.budget.child('turn', budget).bounds('usd')
    const model = inDollars ? modelIfKnown(chosen, ports) : null
    const missing = model === null ? null : priceMissing(chosen.model, priceFor(model, defaults.prices), inDollars)
    return missing === null ? null : new RefusedError('price_unknown', missing, { data: { model: chosen.model } })
  } catch (error) {
    return new RefusedError('invalid_budget', describeError(error), { cause: error })
  }
}
