import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    'goals/index': 'src/goals/index.ts',
    'project-instructions/index': 'src/project-instructions/index.ts',
    'review/index': 'src/review/index.ts',
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
