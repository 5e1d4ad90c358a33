import { AbsolutePath, canonicalUuid } from '@octavo/base'
import type { HolderInfo, StoredLine, ThreadSeed, ThreadStore } from '@octavo/extension-api'
import type { SessionId, ThreadId, TurnId } from '@octavo/protocol'
import type { HistoryBase, RolloutItem } from '@octavo/protocol/rollout'

export const HOLDER: HolderInfo = { pid: 4711, host: 'here', name: 'first' }
export const OTHER: HolderInfo = { pid: 4712, host: 'here', name: 'second' }
/** 2026-01-01T12:00:00Z: the same day nearly everywhere. */
export const BEGINNING = 1_767_268_800_000
export const CWD: AbsolutePath = AbsolutePath.from('/repo/a')

export function threadId(n: number): ThreadId {
  return canonicalUuid(`01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`) as ThreadId // a UUID by its form
}

export function seed(
  n: number,
  more: { readonly cwd?: string; readonly base?: HistoryBase; readonly git?: ThreadSeed['git'] } = {},
): ThreadSeed {
  const id = threadId(n)
  const createdAt = BEGINNING + n * 1_000
  return {
    id,
    sessionId: id as string as SessionId,
    createdAt,
    meta: {
      session_id: id,
      id,
      timestamp: new Date(createdAt).toISOString(),
      cwd: more.cwd ?? CWD,
      originator: 'conformance',
      cli_version: '0.0.0',
      source: 'exec',
      model_provider: 'scripted',
      ...(more.base === undefined ? {} : { forked_from_id: more.base.thread_id, history_base: more.base }),
    },
    git: more.git ?? null,
  }
}

export function says(text: string): RolloutItem {
  return { type: 'response_item', payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } }
}

export function turn(n: number, text: string): readonly RolloutItem[] {
  return [
    { type: 'event_msg', payload: { type: 'task_started', turn_id: turnId(n) } },
    says(text),
    { type: 'event_msg', payload: { type: 'task_complete', turn_id: turnId(n), last_agent_message: null } },
  ]
}

export function turnId(n: number): TurnId {
  return `turn-${n}` as TurnId // any text names a turn in a record
}

export async function readAll(
  store: ThreadStore,
  id: ThreadId,
  range?: Parameters<ThreadStore['read']>[1],
): Promise<readonly StoredLine[]> {
  const lines: StoredLine[] = []
  for await (const line of store.read(id, range)) lines.push(line)
  return lines
}

/** What was said in a thread, in order, each with its ordinal. */
export async function said(store: ThreadStore, id: ThreadId, range?: Parameters<ThreadStore['read']>[1]): Promise<readonly string[]> {
  const texts: string[] = []
  for (const { ordinal, line } of await readAll(store, id, range)) {
    if (line.item.type !== 'response_item' || line.item.payload.type !== 'message') continue
    const [part] = line.item.payload.content
    texts.push(`${ordinal} ${part !== undefined && 'text' in part ? part.text : ''}`)
  }
  return texts
}

/** Makes a thread with these records and closes it. */
export async function write(store: ThreadStore, made: ThreadSeed, items: readonly RolloutItem[]): Promise<void> {
  await using writer = await store.create(made, HOLDER)
  writer.append(items)
  await writer.flush()
}
