import { normaliseHistory, replayRollout } from '../../../src/index.ts'
import { brokenByHistory } from '../../invariants.ts'
import type { Life } from '../life.ts'
import type { Stage } from '../stage.ts'

/** What a thread has told and what its file says are the same. */
export function brokenByFile({ world: { store }, model }: Pick<Stage, 'world' | 'model'>, life: Life): string[] {
  const replayed = replayRollout(store.lines(life.id))
  // What was lost, or was not answered when a fork was made, never is.
  const history = life.parent === null && !life.isTorn ? replayed.history : normaliseHistory(replayed.history, true)
  const problems = brokenByHistory(history, `the file of ${life.id}`)
  if (!store.isMade(life.id) || life.isTorn) return problems
  const lines = store.ownLines(life.id).map(({ item }) => item)

  const recorded = lines.flatMap((item) => (item.type === 'compacted' ? [item.payload.window_number] : []))
  const told = life.epochs.flatMap((epoch) => epoch.of('compaction.completed').map(({ window }) => window))
  if (recorded.join() !== told.join()) problems.push(`windows ${told.join()} were told and ${recorded.join()} recorded`)
  if (told.some((window, at) => at > 0 && window !== (told[at - 1] ?? 0) + 1)) problems.push(`windows are numbered ${told.join()}`)

  const before = life.epochs[0]?.of('thread.configured')[0]?.snapshot.usage.total.totalTokens ?? 0
  const total = life.epochs.flatMap((epoch) => epoch.of('turn.usage')).at(-1)?.total.totalTokens ?? before
  const own = total - before
  if (total !== replayed.usage.total.totalTokens)
    problems.push(`${total} tokens were told in all, and the file says ${replayed.usage.total.totalTokens}`)
  const { sure, unsure } = model.reported.get(life.id) ?? { sure: 0, unsure: 0 }
  if (own < sure || own > sure + unsure) problems.push(`${own} tokens were told, and the model used ${sure} to ${sure + unsure}`)
  const responses = lines.flatMap((item) => (item.type === 'token_usage_record' ? [item.payload.usage.total_tokens] : []))
  const sum = responses.reduce((left, right) => left + right, 0)
  if (sum !== own) problems.push(`${own} tokens were told, and the responses in the file add up to ${sum}`)

  const started = lines.flatMap((item) => (item.type === 'octavo_start' ? [item.payload.turn_id] : []))
  const ended = lines.flatMap((item) =>
    item.type === 'event_msg' && (item.payload.type === 'task_complete' || item.payload.type === 'turn_aborted')
      ? [item.payload.turn_id]
      : [],
  )
  for (const id of new Set(started)) {
    const times = ended.filter((one) => one === id).length
    if (times !== 1) problems.push(`turn ${id} ends ${times} times in the file`)
  }
  return problems
}
