import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import { processLocks, TornFiles } from '@octavo/testing'
import { storeConformance } from '@octavo/testing/conformance'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { createMemoryStore } from '@octavo/thread-store/memory'

storeConformance({
  name: 'the memory store',
  open: () => {
    const store = createMemoryStore()
    return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  },
  revoke: ({ store }, id) => void (store as ReturnType<typeof createMemoryStore>).revoke(id),
})

storeConformance({
  name: 'the file store',
  open: () => {
    const home = AbsolutePath.from(mkdtempSync(join(tmpdir(), 'octavo-store-')))
    const store = createJsonlStore({ home, codexHome: null })
    return {
      home,
      store,
      [Symbol.asyncDispose]: async () => {
        await store[Symbol.asyncDispose]()
        rmSync(home, { recursive: true })
      },
    }
  },
  beside: ({ home }) => createJsonlStore({ home, codexHome: null }),
  tear: async ({ store }, id) => {
    const path = await locationOf(store, id)
    truncateSync(path, readFileSync(path).length - 20)
  },
})

storeConformance({
  name: 'the file store on a simulated disk',
  open: () => {
    const files = new TornFiles()
    const store = simulated(files)
    return { files, store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  },
  crash: ({ files }) => simulated(files.after(files.written, 'lost')),
  tear: async ({ files, store }, id) => {
    const path = await locationOf(store, id)
    files.truncate(path, ((await files.stat(path))?.size ?? 0) - 20)
  },
})

const HOME = AbsolutePath.from('/home/octavo')

function simulated(files: TornFiles): JsonlStore {
  return createJsonlStore({ home: HOME, codexHome: null, files, locks: processLocks() })
}

async function locationOf(store: JsonlStore, id: ThreadId): Promise<AbsolutePath> {
  return AbsolutePath.from((await store.get(id))?.location ?? '')
}
