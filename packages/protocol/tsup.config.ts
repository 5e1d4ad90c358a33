import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'rollout/index': 'src/rollout/index.ts',
    'exec-json/index': 'src/exec-json/index.ts',
    'config/index': 'src/config/index.ts',
  },
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  dts: false,
  clean: true,
  sourcemap: true,
  treeshake: false,
  splitting: true,
})
