import { anySignal } from '@octavo/base'
import type { TurnTaskHost } from '@octavo/extension-api'
import type { OpOf } from '@octavo/protocol'
import type { TurnTask } from '../contributors/host.ts'
import type { Delegation } from '../session/delegation.ts'
import type { TurnWork } from '../session/turn-queue.ts'
import { within } from '../thread/within.ts'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** What a task may take after a cut to put its end into history, in milliseconds. */
const GRACE_MS = 100

/** The work of a review, by the extension that offers it. */
export function reviewTurn(task: TurnTask, op: OpOf<'review'>, delegation: Delegation): TurnWork {
  return async (turn, parts) => {
    const { signal } = turn.scope
    const state = { isOver: false }
    let working: Promise<unknown> = Promise.resolve()
    try {
      const host = taskHost(turn, parts, delegation, () => state.isOver)
      return await task.run(op, host, turnSite(turn, signal), (work) => (working = work))
    } finally {
      if (signal.aborted) await rest(working, turn)
      state.isOver = true
    }
  }
}

/** Delegates of a task end with its turn. What it does when that is over reaches nobody. */
function taskHost(
  { scope: { signal }, ports }: TurnContext,
  { recorder }: TurnParts,
  delegation: Delegation,
  isOver: () => boolean,
): TurnTaskHost {
  const now = (act: () => void): void => {
    if (!isOver()) act()
  }
  return {
    spawn: (request) => {
      const until = request.until === undefined ? signal : anySignal(request.until, signal)
      return delegation.spawn({ ...request, until }, signal)
    },
    record: (items) => now(() => void recorder.record(items)),
    startItem: (item) => now(() => recorder.startItem(item)),
    completeItem: (item) => now(() => recorder.completeItem(item)),
    itemId: () => ports.ids.next('item'),
  }
}

async function rest(working: Promise<unknown>, { ports }: TurnContext): Promise<void> {
  try {
    await within(working, GRACE_MS, ports.clock, 'the task')
  } catch {
    // It was cut, which is known, or takes longer than it may.
  }
}
