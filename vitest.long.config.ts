import { defineConfig } from 'vitest/config'

const conditions = ['@octavo/source', 'node', 'import', 'default']

// Runs that take minutes and are kept out of every change's checks.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'long',
    environment: 'node',
    include: ['packages/*/test/**/*.long.ts', 'apps/*/test/**/*.long.ts', 'test/**/*.long.ts'],
    testTimeout: 1_800_000,
    passWithNoTests: true,
  },
})
