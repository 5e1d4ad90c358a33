import { canonicalUuid } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { openRollout } from './compressed.ts'
import { unwritable } from './failures.ts'
import type { StoreFiles } from './files.ts'
import { readHead } from './head.ts'
import { walkRollouts } from './locate.ts'
import type { RolloutPlace } from './locate.ts'
import type { Layout } from './paths.ts'

/** Guards threads against deletion while others stand on them. */
export class Deletions {
  readonly #held = new Map<ThreadId, number>()

  /** Holds a thread until the returned function is called, for a fork whose file does not exist yet. */
  hold(id: ThreadId): () => void {
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const left = (this.#held.get(id) ?? 1) - 1
      if (left === 0) this.#held.delete(id)
      else this.#held.set(id, left)
    }
  }

  /** @throws StoreError `referenced` when a thread that stays continues one of `ids`, or a fork of one is being made */
  async requireFree(files: StoreFiles, layout: Layout, ids: ReadonlySet<ThreadId>): Promise<void> {
    for (const id of ids) if (this.#held.has(id)) throw referenced(id, null)
    for (const archived of [false, true]) {
      for await (const place of walkRollouts(files, layout, { archived })) {
        if (ids.has(place.id)) continue
        const parent = await parentOf(files, place)
        if (parent !== null && ids.has(parent)) throw referenced(parent, place)
      }
    }
  }

  /** Needs the leases of all. */
  async remove(files: StoreFiles, places: readonly RolloutPlace[]): Promise<void> {
    for (const { path } of places) {
      try {
        await files.remove(path)
      } catch (error) {
        throw unwritable(path, error)
      }
    }
  }
}

/** The thread whose file a fork continues; a file that cannot be read continues nothing. */
async function parentOf(files: StoreFiles, place: RolloutPlace): Promise<ThreadId | null> {
  try {
    await using file = await openRollout(files, place)
    const { meta } = await readHead(file, place)
    return meta.history_base === undefined || meta.history_base === null
      ? null
      : (canonicalUuid(meta.history_base.thread_id) as ThreadId | null)
  } catch {
    // What it would have inherited cannot be reached through it any more.
    return null
  }
}

function referenced(id: ThreadId, by: RolloutPlace | null): StoreError {
  const who = by === null ? 'a fork of it is being made' : `thread ${by.id} continues it; delete that one first, or both at once`
  return new StoreError('referenced', `thread ${id} cannot be deleted: ${who}`, { data: { id, by: by?.id ?? null } })
}
