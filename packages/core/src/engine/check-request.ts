import { canonicalUuid, isRecord, UsageError } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { Extension } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import type { SessionMeta } from '@octavo/protocol/rollout'
import type { ReplayedThread } from '../record/replay.ts'
import { createToolRegistry } from '../tools/registry.ts'

/** Two extensions that offer a tool of one name are told when the engine is made, not in the middle of a turn. */
export function requireDistinctTools(extensions: readonly Extension[]): void {
  extensions.reduce(
    (all, { id, contributes: { tools } }) => (tools === undefined || 'tools' in tools ? all : all.with(tools, id)),
    createToolRegistry(),
  )
}

/** In its canonical form. @throws UsageError `invalid_id` */
export function checkedId(id: ThreadId): ThreadId {
  const canonical = canonicalUuid(id)
  if (canonical === null) throw new UsageError('invalid_id', `thread id "${id}" is not a UUID`)
  return canonical as ThreadId
}

/** @throws StoreError `unreadable` */
export function requireMeta(id: ThreadId, { meta }: ReplayedThread): SessionMeta {
  if (meta === null)
    throw new StoreError('unreadable', `the rollout of thread ${id} has no session_meta record that can be read`, { data: { id } })
  return meta
}

/** Where a thread that was a delegate once stood below its root. */
export function depthOf({ source, parent_thread_id: parent }: SessionMeta): number {
  const subagent = typeof source === 'object' && 'subagent' in source ? source.subagent : undefined
  const spawn = isRecord(subagent) ? subagent['thread_spawn'] : undefined
  const depth = isRecord(spawn) ? spawn['depth'] : undefined
  if (typeof depth === 'number') return depth
  return parent === undefined ? 0 : 1
}
