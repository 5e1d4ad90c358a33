import { defineConfig } from 'tsup'

// A small entry and lazy chunks; CommonJS dependencies need the `require` of the banner, which goes into every chunk.
export default defineConfig({
  entry: { octavo: 'src/cli.ts' },
  format: ['esm'],
  outExtension: () => ({ js: '.mjs' }),
  target: 'node22',
  platform: 'node',
  noExternal: [/.*/],
  external: ['@lydell/node-pty', 'sharp'],
  splitting: true,
  clean: true,
  sourcemap: false,
  minify: false,
  dts: false,
  banner: { js: "const require = process.getBuiltinModule?.('node:module').createRequire(import.meta.url);" },
  esbuildOptions: (options) => {
    options.conditions = ['@octavo/source', 'import', 'node']
    options.chunkNames = 'chunks/[name]-[hash]'
  },
})
