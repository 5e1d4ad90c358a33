import { defineConfig } from 'vitest/config'

const conditions = ['@octavo/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: 'house', environment: 'node', include: ['**/*.test.ts'], testTimeout: 30_000 },
})
