import { dirnamePath, isRecord, joinPath, parseJson } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { HolderInfo } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { cannotCreate } from './failures.ts'
import { loadSqlite } from './sqlite.ts'

/** The right to write a thread; given back by disposing it. */
export interface ThreadLease extends AsyncDisposable {
  /** Grows with every change of holder. */
  readonly fence: bigint
  /** Aborts when the lease is gone. */
  readonly lost: AbortSignal
  /** Gives it back and leaves no trace: for a thread that is not, or no longer, kept. */
  remove(): Promise<void>
}

/** Who may write which thread: one holder each, over all processes that share a home. */
export interface ThreadLocks {
  /** Never waits. @throws StoreError `locked` (names the holder), `unwritable` */
  acquire(id: ThreadId, holder: HolderInfo): Promise<ThreadLease>
}

/** A lock file may be removed between looking and locking; each time somebody else has just ended. */
const MAX_ATTEMPTS = 100
const SQLITE_BUSY = 5
/** Nothing is ever written to the file, so pages are small and no journal file is opened: one descriptor and 87 KB for each held thread. */
const LOCK = `
  PRAGMA page_size = 512; PRAGMA cache_size = 1; PRAGMA journal_mode = memory;
  PRAGMA locking_mode = exclusive; BEGIN IMMEDIATE`

/**
 * Locks as exclusive SQLite transactions, one small file per held thread in `directory`.
 *
 * The operating system frees them when the process is gone, however it went, and keeps them while it is stopped: no heartbeat, no
 * guess from a process id. A lock file stays, empty, for as long as its thread: that it exists means nothing, and removing it whenever
 * it is free would race with whoever just opened it. So does the note on its last holder, which keeps the fence.
 */
export function sqliteLocks(directory: AbsolutePath, now: () => number): ThreadLocks {
  const held = new Map<ThreadId, HolderInfo>()
  let lastFence = 0n
  return {
    acquire: async (id, holder) => {
      const registered = held.get(id)
      if (registered !== undefined) throw lockedBy(id, registered)
      const note = joinPath(directory, `${id}.holder.json`)
      const lock = lockFile(id, joinPath(directory, `${id}.lock`), note)
      held.set(id, holder)
      try {
        const fence = nextFence(lastFence, readNote(note)?.fence ?? 0, now())
        writeNote(note, { ...holder, fence: Number(fence) })
        lastFence = fence
        return lease(fence, (isGone) => {
          held.delete(id)
          lock.release(isGone)
        })
      } catch (error) {
        held.delete(id)
        lock.release(false)
        throw cannotCreate(note, error)
      }
    },
  }
}

/** More than any fence known; the time in milliseconds, so that it grows even where the note was lost. */
function nextFence(last: bigint, noted: number, now: number): bigint {
  const known = last > BigInt(noted) ? last : BigInt(noted)
  return BigInt(now) > known ? BigInt(now) : known + 1n
}

function lease(fence: bigint, release: (isGone: boolean) => void): ThreadLease {
  let isReleased = false
  const once = async (isGone: boolean): Promise<void> => {
    if (isReleased) return
    isReleased = true
    release(isGone)
  }
  return {
    fence,
    // Held by the operating system: as long as this process lives, nobody can take it.
    lost: new AbortController().signal,
    remove: () => once(true),
    [Symbol.asyncDispose]: () => once(false),
  }
}

interface HeldLock {
  /** `isGone`: the thread is not kept, nor is the lock file. */
  release(isGone: boolean): void
}

function lockFile(id: ThreadId, path: AbsolutePath, note: AbsolutePath): HeldLock {
  const { DatabaseSync } = loadSqlite()
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    let database: InstanceType<typeof DatabaseSync> | null = null
    try {
      createIfMissing(path)
      const before = fileId(path)
      if (before === null) continue
      database = new DatabaseSync(path)
      database.exec(LOCK)
      const locked = database
      // A lock on a file that was removed meanwhile locks nothing: its thread was discarded or deleted under our eyes.
      if (fileId(path) !== before) {
        locked.close()
        continue
      }
      return {
        release: (isGone) => {
          // While it is held, so that nobody else's are meant.
          if (isGone) for (const left of [note, path]) removeIfPossible(left)
          locked.close()
        },
      }
    } catch (error) {
      database?.close()
      if (isBusy(error)) throw lockedBy(id, readNote(note)?.holder ?? null)
      throw cannotCreate(path, error)
    }
  }
  throw lockedBy(id, readNote(note)?.holder ?? null)
}

/** Opens the file only if it is new: closing a descriptor of a locked file would free a lock of this process. */
function createIfMissing(path: AbsolutePath): void {
  const fs = process.getBuiltinModule('node:fs')
  for (const canMakeDirectory of [true, false]) {
    try {
      return fs.closeSync(fs.openSync(path, 'wx', 0o600))
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return
      if (!hasCode(error, 'ENOENT') || !canMakeDirectory) throw error
      fs.mkdirSync(dirnamePath(path), { recursive: true, mode: 0o700 })
    }
  }
}

function fileId(path: AbsolutePath): string | null {
  const found = process.getBuiltinModule('node:fs').statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}

function removeIfPossible(path: AbsolutePath): void {
  try {
    process.getBuiltinModule('node:fs').rmSync(path, { force: true })
  } catch {
    // Where an open file cannot be removed it stays; without a lock it means nothing.
  }
}

function isBusy(error: unknown): boolean {
  // The low byte is the error, the rest says more about it.
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

interface HolderNote {
  readonly holder: HolderInfo
  readonly fence: number
}

/** Replaced as a whole, so that nobody reads half of it. */
function writeNote(path: AbsolutePath, note: HolderInfo & { readonly fence: number }): void {
  const fs = process.getBuiltinModule('node:fs')
  fs.writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600 })
  fs.renameSync(`${path}.new`, path)
}

function readNote(path: AbsolutePath): HolderNote | null {
  let text: string
  try {
    text = process.getBuiltinModule('node:fs').readFileSync(path, 'utf8')
  } catch {
    return null // the holder is not known; that the thread is held does not hang on it
  }
  const parsed = parseJson(text)
  if (!parsed.ok || !isRecord(parsed.value)) return null
  const { pid, host, name, fence } = parsed.value
  if (typeof host !== 'string' || typeof name !== 'string') return null
  return {
    holder: { pid: typeof pid === 'number' ? pid : null, host, name },
    fence: typeof fence === 'number' && Number.isSafeInteger(fence) ? fence : 0,
  }
}

/** The error for whoever comes second. */
function lockedBy(id: ThreadId, holder: HolderInfo | null): StoreError {
  const pid = holder === null || holder.pid === null ? '' : `process ${holder.pid} on `
  const who = holder === null ? 'another process' : `${holder.name} (${pid}${holder.host})`
  const message = `thread ${id} is open for writing in ${who}; wait until that ends, or stop it`
  const data = { id, holder: holder === null ? null : { pid: holder.pid, host: holder.host, name: holder.name } }
  return new StoreError('locked', message, { data })
}
