import { canonicalUuid, describeError, OctavoError } from '@octavo/base'
import { MAX_INPUT_CHARACTERS } from '@octavo/protocol'
import type { Admission, OpOf, SettingsOverrides, TurnId, UserInput } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { admitInput } from '../admit.ts'
import { contentHash } from '../content-hash.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'
import { startTurn, takeSettings } from '../turn-task.ts'
import type { TurnRequest } from '../turn-queue.ts'

/** User input: starts a turn, steers the running one, or waits for it, by the admission table. */
export async function userInput(op: OpOf<'userInput'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known, recorder } = parts
  const { options } = submitted
  const given = checkIds(options.turnId)
  if (given instanceof RefusedError) return { kind: 'refused', error: given }
  const wrong = checkSize(op.items) ?? checkSettings(op.settings, parts)
  if (wrong !== null) return { kind: 'refused', error: wrong }

  const hash = contentHash(op)
  const prior = known.priorUse(submitted.idWasGiven ? submitted.id : undefined, given ?? undefined, hash)
  const fault = slot.taking === null && recorder.fault !== null ? await stillUnwritable(parts) : null
  if (parts.scope.signal.aborted) return { kind: 'refused', error: closed(parts) }
  const verdict = admitInput(
    { empty: op.items.length === 0, turnId: given ?? undefined, whenBusy: options.whenBusy, replace: options.replace ?? false },
    { running: slot.taking?.turnId ?? null, prior, fault },
  )
  if (verdict.verdict === 'refuse') return { kind: 'refused', error: verdict.error }
  if (verdict.verdict === 'repeat') return { kind: 'repeated', turnId: verdict.turnId }
  if (verdict.verdict === 'steer') {
    known.noteSubmission(submitted.id, verdict.turnId, hash)
    return submitted.admit({ kind: 'steered', turnId: verdict.turnId }, () => {
      takeSettings(op.settings ?? {}, submitted.id, parts)
      slot.active?.inbox.push({ kind: 'input', items: op.items, cause: submitted.id, recorded: submitted.recorded })
    })
  }
  const request: TurnRequest = {
    turnId: given ?? submitted.turnIdFor(parts.ports.ids),
    submissionId: submitted.id,
    items: op.items,
    settings: op.settings ?? {},
    outputSchema: op.outputSchema ?? null,
    clientMetadata: op.clientMetadata ?? {},
    hash,
    recorded: submitted.recorded,
    span: submitted.span,
  }
  known.add(request.turnId, request.submissionId, hash)
  return submitted.admit(...placed(request, verdict.verdict, parts))
}

/** Where a new turn goes, as its admission and as what that causes. */
function placed(request: TurnRequest, verdict: 'start' | 'queue' | 'replace', parts: ThreadParts): readonly [Admission, () => void] {
  const { slot, queue } = parts
  const started: Admission = { kind: 'started', turnId: request.turnId }
  const { active } = slot
  if (active === null) return [started, () => startTurn(request, parts)]
  if (verdict === 'replace') {
    return [
      started,
      () => {
        queue.pushFirst(request)
        active.scope.cancel('replaced')
      },
    ]
  }
  // Nothing is left to be steered in a turn that is coming to its end: what starts now starts when that has ended.
  const isNext = verdict === 'start' && queue.size === 0
  return [isNext ? started : { kind: 'queued', position: queue.size + 1 }, () => void queue.push(request)]
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

/** Null when the override can be taken. */
function checkSettings(overrides: SettingsOverrides | undefined, { settings }: ThreadParts): OctavoError | null {
  try {
    settings.preview(overrides ?? {})
    return null
  } catch (error) {
    return OctavoError.is(error) ? error : new RefusedError('invalid_settings', describeError(error), { cause: error })
  }
}

function closed({ identity }: ThreadParts): RefusedError {
  return new RefusedError('closed', `thread ${identity.threadId} is closed`)
}

/** Tries the store once more before a turn is refused for it. */
async function stillUnwritable({ recorder }: ThreadParts): Promise<OctavoError | null> {
  await recorder.flushOrWarn()
  return recorder.fault
}
