import { defineConfig } from 'vitest/config'

const conditions = ['@octavo/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: 'testing', environment: 'node', include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*.scenario.ts'] },
})
