import { canonicalUuid, describeError, OctavoError, sha1Hex, stableStringify } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { MAX_INPUT_CHARACTERS } from '@octavo/protocol'
import type { Admission, OpOf, SettingsOverrides, ThreadSettings, TurnId, UserInput } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { admitInput } from '../admit.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'
import { startTurn } from '../turn-task.ts'
import type { TurnRequest } from '../turn-queue.ts'

/** User input: starts a turn, steers the running one, or waits for it, by the admission table. */
export async function userInput(op: OpOf<'userInput'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, queue, known, recorder, settings } = parts
  const { options } = submitted
  const given = checkIds(options.turnId)
  if (given instanceof RefusedError) return { kind: 'refused', error: given }
  const tooLarge = checkSize(op.items)
  if (tooLarge !== null) return { kind: 'refused', error: tooLarge }
  const next = previewed(op.settings, parts)
  if (OctavoError.is(next)) return { kind: 'refused', error: next }

  const hash = contentHash(op)
  const prior = known.priorUse(submitted.idWasGiven ? submitted.id : undefined, given ?? undefined, hash)
  const fault = slot.active === null && recorder.fault !== null ? await stillUnwritable(parts) : null
  const verdict = admitInput(
    { empty: op.items.length === 0, turnId: given ?? undefined, whenBusy: options.whenBusy, replace: options.replace ?? false },
    { running: slot.active?.turnId ?? null, prior, fault },
  )
  if (verdict.verdict === 'refuse') return { kind: 'refused', error: verdict.error }
  if (verdict.verdict === 'repeat') return { kind: 'repeated', turnId: verdict.turnId }
  if (next !== null) settings.commit(next)
  if (verdict.verdict === 'steer') {
    slot.active?.inbox.push({ kind: 'input', items: op.items, cause: submitted.id })
    known.noteSubmission(submitted.id)
    return submitted.admit({ kind: 'steered', turnId: verdict.turnId }, () => tellSettings(next, parts))
  }

  const request: TurnRequest = {
    turnId: given ?? submitted.turnIdFor(parts.ports.ids),
    submissionId: submitted.id,
    items: op.items,
    outputSchema: op.outputSchema ?? null,
    clientMetadata: op.clientMetadata ?? {},
    hash,
  }
  known.add(request.turnId, request.submissionId, hash)
  if (verdict.verdict === 'queue')
    return submitted.admit({ kind: 'queued', position: queue.push(request) }, () => tellSettings(next, parts))
  if (verdict.verdict === 'replace') {
    queue.pushFirst(request)
    slot.active?.scope.cancel('replaced')
    return submitted.admit({ kind: 'started', turnId: request.turnId }, () => tellSettings(next, parts))
  }
  return submitted.admit({ kind: 'started', turnId: request.turnId }, () => {
    tellSettings(next, parts)
    startTurn(request, parts)
  })
}

function checkIds(turnId: string | undefined): TurnId | null | RefusedError {
  if (turnId === undefined) return null
  const canonical = canonicalUuid(turnId)
  if (canonical !== null) return canonical as TurnId
  return new RefusedError('invalid_id', `turn id "${turnId}" is not a UUID`, { data: { turnId } })
}

function checkSize(items: readonly UserInput[]): RefusedError | null {
  const characters = items.reduce((sum, item) => sum + (item.type === 'text' ? item.text.length : 0), 0)
  if (characters <= MAX_INPUT_CHARACTERS) return null
  return new RefusedError('input_too_large', `input has ${characters} characters; ${MAX_INPUT_CHARACTERS} are taken at most`, {
    data: { characters, max_chars: MAX_INPUT_CHARACTERS },
  })
}

/** What the settings would become; null when nothing is asked for; the error when it cannot be. */
function previewed(overrides: SettingsOverrides | undefined, { settings }: ThreadParts): ThreadSettings | OctavoError | null {
  if (overrides === undefined || Object.keys(overrides).length === 0) return null
  try {
    return settings.preview(overrides)
  } catch (error) {
    return OctavoError.is(error) ? error : new RefusedError('invalid_settings', describeError(error), { cause: error })
  }
}

function tellSettings(next: ThreadSettings | null, { recorder }: ThreadParts): void {
  if (next !== null) recorder.emit({ type: 'thread.settings', settings: next }, { turnId: null })
}

/** Tries the store once more before a turn is refused for it. */
async function stillUnwritable({ recorder }: ThreadParts): Promise<OctavoError | null> {
  await recorder.flushOrWarn()
  return recorder.fault
}

function contentHash({ items, settings, outputSchema }: OpOf<'userInput'>): string {
  // Ops are plain data.
  return sha1Hex(stableStringify({ items, settings: settings ?? null, outputSchema: outputSchema ?? null } as unknown as JsonValue))
}
