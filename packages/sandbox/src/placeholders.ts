import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { type AbsolutePath, dirnamePath } from '@octavo/base'
import { identifyProcess } from './bubblewrap/inner-process.ts'
import { SandboxError } from './sandbox-error.ts'
import { loadSqlite } from './sqlite.ts'

/** Gives back what was acquired. The last to do so removes the directories. Does nothing the second time. */
export type ReleasePlaceholders = () => void

/**
 * Empty directories that stand for protected names while commands run, since a mount needs something to lie over.
 *
 * Several commands, also of several processes, may need the same one: removing it takes the mount away from all of them, so the journal
 * counts its users. It is an SQLite file, whose lock the system takes from a process that dies; what such a process left behind is
 * removed by the next one. A directory is removed only while it is empty and still the one that was made.
 */
export interface Placeholders {
  /** Makes what does not exist, and joins what others made. @throws SandboxError `sandbox_journal` */
  acquire(paths: readonly AbsolutePath[]): ReleasePlaceholders
  /** Removes what dead processes left. Opens no journal where there is none. @throws SandboxError `sandbox_journal` */
  recover(): void
}

/** `file` null keeps the journal in memory: counted within this process only, and forgotten with it. */
export function createPlaceholders(file: AbsolutePath | null): Placeholders {
  return new JournaledPlaceholders(file)
}

interface Row {
  readonly path: string
  readonly identity: string
  readonly holder: string
}

class JournaledPlaceholders implements Placeholders {
  readonly #file: AbsolutePath | null
  readonly #holder: string = describeHolder()
  #database: DatabaseSync | null = null

  constructor(file: AbsolutePath | null) {
    this.#file = file
  }

  acquire(paths: readonly AbsolutePath[]): ReleasePlaceholders {
    if (paths.length === 0) return () => {}
    const held = this.#exclusively((database) => {
      const known = database.prepare('select count(*) as count from placeholder where path = ? and identity = ?')
      const join = database.prepare(
        'insert into placeholder (path, identity, holder, uses) values (?, ?, ?, 1) on conflict (path, holder) do update set uses = uses + 1, identity = excluded.identity',
      )
      const made: AbsolutePath[] = []
      try {
        return paths.filter((path) => {
          const isNew = makeDirectory(path)
          if (isNew) made.push(path)
          const identity = identify(path)
          if (identity === null || (!isNew && known.get(path, identity)?.['count'] === 0)) return false // somebody's own, made meanwhile
          join.run(path, identity, this.#holder)
          return true
        })
      } catch (error) {
        for (const path of made) rmdirSync(path)
        throw error
      }
    })
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.#release(held)
    }
  }

  #release(paths: readonly AbsolutePath[]): void {
    this.#exclusively((database) => {
      const leave = database.prepare('update placeholder set uses = uses - 1 where path = ? and holder = ?')
      for (const path of paths) leave.run(path, this.#holder)
      this.#removeUnused(database, (row) => row.holder === this.#holder)
    })
  }

  recover(): void {
    if (this.#file === null || (this.#database === null && !existsSync(this.#file))) return
    this.#exclusively((database) => {
      const dead = database
        .prepare('select distinct holder from placeholder')
        .all()
        .map(({ holder }) => String(holder))
      const forget = database.prepare('update placeholder set uses = 0 where holder = ?')
      for (const holder of dead.filter(isDead)) forget.run(holder)
      this.#removeUnused(database, () => true)
    })
  }

  /** Forgets rows without users, and removes their directories where no other row is left. */
  #removeUnused(database: DatabaseSync, isOurs: (row: Row) => boolean): void {
    const unused = database.prepare('select path, identity, holder from placeholder where uses <= 0').all() as unknown as readonly Row[] // the columns just named
    const forget = database.prepare('delete from placeholder where path = ? and holder = ?')
    const others = database.prepare('select count(*) as count from placeholder where path = ?')
    for (const row of unused.filter(isOurs)) {
      forget.run(row.path, row.holder)
      if (others.get(row.path)?.['count'] === 0) removeDirectory(row)
    }
  }

  #exclusively<T>(job: (database: DatabaseSync) => T): T {
    try {
      const database = this.#open()
      database.exec('begin immediate')
      try {
        const result = job(database)
        database.exec('commit')
        return result
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    } catch (cause) {
      const place = this.#file ?? 'memory'
      throw new SandboxError('sandbox_journal', `cannot keep the journal of sandbox placeholders in ${place}`, {
        data: { path: place },
        cause,
      })
    }
  }

  #open(): DatabaseSync {
    if (this.#database !== null) return this.#database
    const { DatabaseSync } = loadSqlite()
    if (this.#file !== null) mkdirSync(dirnamePath(this.#file), { recursive: true })
    const database = new DatabaseSync(this.#file ?? ':memory:')
    // Losing power may lose the journal; a killed process loses nothing.
    database.exec('pragma busy_timeout = 5000; pragma synchronous = off')
    database.exec(
      'create table if not exists placeholder (path text not null, identity text not null, holder text not null, uses integer not null, primary key (path, holder))',
    )
    this.#database = database
    return database
  }
}

/** False when something is there already. */
function makeDirectory(path: AbsolutePath): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeDirectory({ path, identity }: Row): void {
  if (identify(path) !== identity) return
  try {
    rmdirSync(path)
  } catch {
    // Not empty any more, so it is somebody's own now; or its parent has become read-only, and then it stays.
  }
}

/** Tells a directory from a later one of the same name, also when it got the same number. */
function identify(path: string): string | null {
  try {
    const stat = lstatSync(path, { bigint: true })
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}:${stat.birthtimeNs}` : null
  } catch {
    return null
  }
}

/** This process: where its number counts, since which start of the machine, the number, and when it started. */
function describeHolder(): string {
  return [pidNamespace(), bootId(), process.pid, identifyProcess(process.pid)?.startTicks ?? ''].join(' ')
}

/** Numbers of another namespace say nothing here; their holders count as alive until the machine restarts. */
function isDead(holder: string): boolean {
  const [namespace, boot, pid, startTicks] = holder.split(' ')
  if (boot !== bootId()) return true
  return namespace === pidNamespace() && identifyProcess(Number(pid))?.startTicks !== startTicks
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid')
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}
