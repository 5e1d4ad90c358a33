import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    'local/index': 'src/local/index.ts',
    'memory/index': 'src/memory/index.ts',
  },
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  dts: false,
  clean: true,
  sourcemap: true,
  treeshake: false,
  splitting: true,
  // It finds its native part from its own place.
  external: ['@lydell/node-pty'],
})
