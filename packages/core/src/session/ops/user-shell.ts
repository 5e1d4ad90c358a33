import { anySignal, throwIfCancelled } from '@octavo/base'
import type { Admission, OpOf, SubmissionId, TurnId } from '@octavo/protocol'
import { admitShell } from '../admit.ts'
import { captureBaseline } from '../baseline.ts'
import { outputPolicyOf } from '../freeze-turn.ts'
import { modelIfKnown } from '../model-of.ts'
import { askTurn, placeTurn, unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'
import type { TurnWork } from '../turn-queue.ts'
import type { ActiveTurn } from '../turn-slot.ts'
import { runUserShell } from '../user-shell.ts'
import type { UserCommand } from '../user-shell.ts'

/** A command of the user's own: a turn when nothing runs, else beside what runs, without a turn of its own. */
export async function userShell(op: OpOf<'userShell'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known, scope } = parts
  const asked = await askTurn(op, submitted, parts)
  if ('kind' in asked) return asked
  const { turnId, hash } = asked
  // Beside a turn that is being cut it would go down with it.
  const running = slot.taking
  const verdict = admitShell({ empty: op.command.trim() === '' }, { running, ...asked })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  if (verdict.verdict === 'apply') {
    known.noteSubmission(submitted.id, null, hash)
    return submitted.admit({ kind: 'applied' }, () => {
      if (running !== null)
        scope.spawn('user shell', () => beside(running, op.command, submitted, parts)).catch(() => submitted.recorded(null))
    })
  }
  const first = { kind: 'items', items: [], wakes: false, cause: submitted.id, recorded: submitted.recorded } as const
  return placeTurn({ kind: 'userShell', work: shellWork(op.command, parts), first, hash, turnId }, 'start', submitted, parts)
}

/** The whole of a turn that is one command. */
function shellWork(command: string, parts: ThreadParts): TurnWork {
  return async ({ turnId, submissionId, scope: { signal } }, { recorder }) => {
    const tellContext = await captureBaseline(parts)
    const message = await runUserShell(userCommand(command, turnId, submissionId, parts), recorder, signal)
    tellContext?.()
    recorder.record([message])
    throwIfCancelled(signal)
    return null
  }
}

/** What comes of it goes to the turn that runs then, whichever that is. */
async function beside(turn: ActiveTurn, command: string, submitted: Submitted, parts: ThreadParts): Promise<void> {
  const { recorder, slot, scope } = parts
  const what = userCommand(command, turn.turnId, submitted.id, parts)
  const message = await runUserShell(what, recorder, anySignal(scope.signal, cutWith(turn, parts)))
  const tellContext = slot.active === null ? await captureBaseline(parts) : null
  if (slot.active !== null) {
    return slot.active.inbox.push({ kind: 'items', items: [message], wakes: false, cause: submitted.id, recorded: submitted.recorded })
  }
  tellContext?.()
  recorder.record([message])
  submitted.recorded(await recorder.flushOrWarn())
}

/** Aborts when the turn is cut; its end is none of a command's business. */
function cutWith(turn: ActiveTurn, { slot }: ThreadParts): AbortSignal {
  const cut = new AbortController()
  const { signal } = turn.scope
  const onAbort = (): void => {
    if (slot.active === turn) cut.abort(signal.reason)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return cut.signal
}

function userCommand(command: string, turnId: TurnId, cause: SubmissionId, { ports, settings, defaults }: ThreadParts): UserCommand {
  const { cwd } = settings.current
  const model = modelIfKnown(settings.current, ports)
  return {
    command,
    workspace: ports.workspace(cwd, null),
    cwd,
    describe: (argv) => ports.policy.describe(argv).actions,
    turnId,
    cause,
    policy: model === null ? { mode: 'bytes', limit: 10_000 } : outputPolicyOf(model, defaults),
    clock: ports.clock,
    ids: ports.ids,
  }
}
