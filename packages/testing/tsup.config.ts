import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'scripted-model/index': 'src/scripted-model/index.ts',
    'scenario/index': 'src/scenario/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'matchers/index': 'src/matchers/index.ts',
    'http/index': 'src/http/index.ts',
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
