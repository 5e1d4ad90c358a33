import { StoreError } from '@octavo/extension-api'
import type { ForkBase, ThreadStore } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { Replay } from '../record/replay.ts'
import type { ReplayedThread } from '../record/replay.ts'

/** A thread as it stood at the place where another one continues it. */
export async function replayUpTo(base: ForkBase['base'], id: ThreadId, store: ThreadStore): Promise<ReplayedThread> {
  const replay = new Replay(id)
  for await (const { ordinal, line } of store.read(id)) {
    if (ordinal >= base.end_ordinal_exclusive) break
    replay.add(line)
  }
  const replayed = replay.end()
  if (replayed.meta !== null) return replayed
  throw new StoreError('unreadable', `the rollout of thread ${id} has no session_meta record that can be read`, { data: { id } })
}
