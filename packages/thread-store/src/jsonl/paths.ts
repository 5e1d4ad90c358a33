import { isUuid, joinPath } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'

/** Local wall time, as file names spell it. */
export interface LocalTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** The time of the machine's zone at a moment in epoch milliseconds. */
export function systemLocalTime(ms: number): LocalTime {
  const date = new Date(ms)
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  }
}

/** Where things are in a home. */
export interface Layout {
  readonly sessions: AbsolutePath
  readonly archived: AbsolutePath
  readonly locks: AbsolutePath
  /** Names, sections: append-only, the last word for a thread counts. */
  readonly metadata: AbsolutePath
}

export function layoutOf(home: AbsolutePath): Layout {
  return {
    sessions: joinPath(home, 'sessions'),
    archived: joinPath(home, 'archived_sessions'),
    locks: joinPath(home, 'thread-writer-locks'),
    metadata: joinPath(home, 'thread-metadata.jsonl'),
  }
}

/** What a file name says. */
export interface RolloutName {
  readonly id: ThreadId
  /** `YYYY-MM-DDThh-mm-ss`, local time of creation. */
  readonly stamp: string
  /** The file ends in `.jsonl.zst`. */
  readonly compressed: boolean
}

const NAME = /^rollout-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2})-([0-9a-f-]{36})\.jsonl(\.zst)?$/

export function parseRolloutName(name: string): RolloutName | null {
  const [, stamp, id, zst] = NAME.exec(name) ?? []
  if (stamp === undefined || id === undefined || !isUuid(id)) return null
  return { id: id as ThreadId, stamp, compressed: zst !== undefined } // a canonical UUID, just checked
}

export function stampOf({ year, month, day, hour, minute, second }: LocalTime): string {
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}T${padded(hour)}-${padded(minute)}-${padded(second)}`
}

/** Where a thread's file lives while it is not archived: in the folder of the day it was begun, for ever. */
export function rolloutPath(layout: Layout, id: ThreadId, stamp: string): AbsolutePath {
  return joinPath(dayDirectory(layout, stamp), `rollout-${stamp}-${id}.jsonl`)
}

export function dayDirectory(layout: Layout, stamp: string): AbsolutePath {
  return joinPath(layout.sessions, stamp.slice(0, 10).replaceAll('-', '/'))
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}
