import { type AbsolutePath, canonicalUuid } from '@octavo/base'
import type { Engine, Thread } from '@octavo/core'
import { StoreError, type Page, type ThreadQuery, type ThreadStore, type ThreadSummary } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import type { SessionMeta } from '@octavo/protocol/rollout'
import type { ThreadLookup } from '@octavo/thread-store'

/** The threads of a store, loaded or not. */
export interface Threads {
  /** Those running in this process, oldest first. */
  loaded(): readonly Thread[]
  /** Newest first. */
  list(query: ThreadQuery): Promise<Page<ThreadSummary>>
  /** The thread written to last, of those begun in one directory when `cwd` is given; null when there is none. */
  latest(where?: { readonly cwd?: AbsolutePath }): Promise<ThreadSummary | null>
  /**
   * The id a person meant: any spelling of a UUID, else the name of a thread.
   * @throws StoreError `not_found`
   */
  find(idOrName: string): Promise<ThreadId>
  /** What a thread began with; null when its first record cannot be read. @throws StoreError `not_found` */
  meta(id: ThreadId): Promise<SessionMeta | null>
}

const PAGE = 100

export function createThreads(engine: Engine, store: ThreadStore): Threads {
  const lookup = isLookup(store) ? store : listing(store)
  return {
    loaded: () => engine.threads(),
    list: (query) => store.list(query),
    latest: (where = {}) => lookup.latest(where),
    find: async (idOrName) => {
      const id = canonicalUuid(idOrName)
      if (id !== null) return id as ThreadId // canonical UUIDs are what thread ids are
      const named = await lookup.byName(idOrName)
      if (named !== null) return named.id
      throw new StoreError('not_found', `no thread has the id or the name ${JSON.stringify(idOrName)}`, { data: { id: idOrName } })
    },
    meta: async (id) => {
      // A fork's inherited records come before its own first one.
      for await (const { line } of store.read(id)) if (line.item.type === 'session_meta') return line.item.payload
      return null
    },
  }
}

type Lookup = Pick<ThreadLookup, 'latest' | 'byName'>

function isLookup(store: ThreadStore): store is ThreadStore & Lookup {
  return 'latest' in store && 'byName' in store
}

/** For a store without that capability: goes through its list, newest first. */
function listing(store: ThreadStore): Lookup {
  return {
    latest: async (where = {}) => (await store.list({ ...where, limit: 1 })).items[0] ?? null,
    byName: async (name) => {
      for await (const summary of everyThread(store)) if (summary.name === name) return summary
      return null
    },
  }
}

async function* everyThread(store: ThreadStore): AsyncGenerator<ThreadSummary> {
  let page = await store.list({ limit: PAGE })
  for (;;) {
    yield* page.items
    if (page.nextCursor === null) return
    page = await store.list({ limit: PAGE, cursor: page.nextCursor })
  }
}
