import { storeConformance, toolConformance } from '@octavo/testing/conformance'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { greet } from './greet.ts'

toolConformance({ tool: greet, input: { name: 'Ada' } })

storeConformance({
  name: 'my store',
  open: () => {
    const store = createMemoryStore()
    return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  },
})
