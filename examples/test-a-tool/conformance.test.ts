import { defineExtension } from '@octavo/extension-api'
import { calls, says } from '@octavo/testing'
import { extensionConformance, storeConformance, toolConformance } from '@octavo/testing/conformance'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { greet } from './greet.ts'

toolConformance({ tool: greet, input: { name: 'Ada' } })

extensionConformance(defineExtension({ id: 'greeter', contributes: { tools: [greet] } }), {
  model: () => [calls('greet', { name: 'Ada' }), says('Done.')],
})

storeConformance({
  name: 'my store',
  open: () => {
    const store = createMemoryStore()
    return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  },
})
