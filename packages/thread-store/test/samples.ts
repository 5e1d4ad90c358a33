import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import type { HolderInfo, StoredLine, ThreadSeed, ThreadStore } from '@octavo/extension-api'
import type { SessionId, ThreadId } from '@octavo/protocol'
import type { HistoryBase, RolloutItem } from '@octavo/protocol/rollout'
import type { LocalTime } from '@octavo/thread-store'

export const HOLDER: HolderInfo = { pid: process.pid, host: 'here', name: 'the test' }
/** 2026-01-02T03:04:05.678Z */
export const BEGINNING = 1_767_323_045_678

/** Universal time in place of the machine's zone. */
export function utc(ms: number): LocalTime {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

export function threadId(n: number): ThreadId {
  return `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as ThreadId // a UUID by its form
}

export function seed(
  n: number,
  more: { readonly createdAt?: number; readonly base?: HistoryBase; readonly git?: ThreadSeed['git'] } = {},
): ThreadSeed {
  const id = threadId(n)
  const { createdAt = BEGINNING, base, git = null } = more
  const meta = { id, timestamp: new Date(createdAt).toISOString(), cwd: '/repo', originator: 'test', cli_version: '0.0.0' }
  return {
    id,
    sessionId: id as string as SessionId,
    createdAt,
    meta: { ...meta, ...(base === undefined ? {} : { history_base: base }) },
    git,
  }
}

export function says(text: string): RolloutItem {
  return { type: 'response_item', payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } }
}

/** What was said, each with its ordinal. */
export async function said(lines: AsyncIterable<StoredLine>): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const { ordinal, line } of lines) {
    if (line.item.type !== 'response_item' || line.item.payload.type !== 'message') continue
    const [part] = line.item.payload.content
    texts.push(`${ordinal} ${part !== undefined && 'text' in part ? part.text : ''}`)
  }
  return texts
}

export async function write(store: ThreadStore, made: ThreadSeed, ...texts: readonly string[]): Promise<string> {
  await using writer = await store.create(made, HOLDER)
  writer.append(texts.map(says))
  await writer.flush()
  return writer.location ?? ''
}

/** A record as another program wrote it. */
export function record(type: string, payload: unknown, ordinal?: number): string {
  return JSON.stringify({ timestamp: '2026-01-02T03:04:05.678Z', ...(ordinal === undefined ? {} : { ordinal }), type, payload })
}

export function metaRecord(n: number, more: object = {}, ordinal?: number): string {
  return record('session_meta', { ...seed(n).meta, ...more }, ordinal)
}

export function messageRecord(text: string, ordinal?: number): string {
  return record('response_item', { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }, ordinal)
}

export interface TemporaryHome extends Disposable {
  readonly path: AbsolutePath
  /** What lies directly in it, sorted. */
  entries(): readonly string[]
  /** Puts a rollout where a home keeps it; the content as given. */
  put(n: number, content: string | Uint8Array, options?: { readonly archived?: boolean; readonly suffix?: string }): AbsolutePath
}

export function temporaryHome(): TemporaryHome {
  const path = AbsolutePath.from(mkdtempSync(join(tmpdir(), 'octavo-thread-store-')))
  return {
    path,
    entries: () => readdirSync(path).toSorted(),
    put: (n, content, { archived = false, suffix = '' } = {}) => {
      const folder = archived ? 'archived_sessions' : 'sessions/2026/01/02'
      const file = AbsolutePath.from(join(path, folder, `rollout-2026-01-02T03-04-05-${threadId(n)}.jsonl${suffix}`))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
