import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    tool: 'src/tool.ts',
    model: 'src/model.ts',
    store: 'src/store.ts',
    workspace: 'src/workspace.ts',
    approval: 'src/approval.ts',
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
