import { defineConfig } from 'vitest/config'

const conditions = ['@octavo/source', 'node', 'import', 'default']

// Checks against the recorded files of the folder in OCTAVO_FIXTURES.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: 'conformance', environment: 'node', include: ['conformance/**/*.conformance.ts'], testTimeout: 60_000 },
})
