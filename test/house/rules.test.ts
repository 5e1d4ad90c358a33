import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type HouseConfig, matchesPath } from './config.ts'
import { findCycles, graphRules } from './graph.ts'
import { type Manifest, type Repository, toSourceFile } from './repository.ts'
import { rules } from './rules.ts'

const config = JSON.parse(readFileSync(new URL('../../house.config.json', import.meta.url), 'utf8')) as HouseConfig
const allRules = { ...rules, ...graphRules }

test.each<{ sentence: keyof typeof allRules; files: Record<string, string>; finds: string }>([
  {
    sentence: 'sources import only allowed packages',
    files: { 'packages/tools/src/a.ts': "\nimport { Engine } from '@octavo/core'" },
    finds: 'packages/tools/src/a.ts:2: imports @octavo/core, which house.config.json does not allow to @octavo/tools',
  },
  {
    sentence: 'sources import only allowed packages',
    files: { 'packages/core/src/a.ts': "import got from 'got'" },
    finds: 'packages/core/src/a.ts:1: imports got, which house.config.json does not allow to @octavo/core',
  },
  {
    sentence: 'other packages are entered through their entries',
    files: { 'packages/core/src/a.ts': "import { x } from '@octavo/base/src/clock.ts'" },
    finds: 'packages/core/src/a.ts:1: @octavo/base/src/clock.ts is not an entry of @octavo/base',
  },
  {
    sentence: 'relative imports stay in their package',
    files: { 'packages/core/src/a.ts': "import { x } from '../../base/src/index.ts'" },
    finds: 'packages/core/src/a.ts:1: ../../base/src/index.ts leaves packages/core',
  },
  {
    sentence: 'node modules are imported only where allowed, with their prefix',
    files: { 'packages/policy/src/a.ts': "import { join } from 'node:path'" },
    finds: 'packages/policy/src/a.ts:1: imports node:path; @octavo/policy runs without Node',
  },
  {
    sentence: 'node modules are imported only where allowed, with their prefix',
    files: { 'packages/tools/src/a.ts': "import { join } from 'path'" },
    finds: 'packages/tools/src/a.ts:1: path is written node:path',
  },
  {
    sentence: 'heavy packages are loaded lazily',
    files: { 'packages/workspace/src/a.ts': "import { execa } from 'execa'" },
    finds: 'packages/workspace/src/a.ts:1: imports execa at load time; use import() in the function that needs it',
  },
  {
    sentence: 'heavy packages are loaded lazily',
    files: { 'packages/extension-api/src/store.ts': "import * as z from 'zod'" },
    finds: 'packages/extension-api/src/store.ts:1: imports values of zod; only src/tool.ts, src/define.ts may',
  },
  {
    sentence: 'some packages are imported as a namespace only',
    files: { 'packages/tools/src/a.ts': "import { z } from 'zod'" },
    finds:
      "packages/tools/src/a.ts:1: write import * as … from 'zod': the named export keeps every locale in the bundle: 454 KB against 85 KB",
  },
  {
    sentence: 'private files are imported only by their owners',
    files: { 'packages/core/src/turn/step.ts': "import type { Session } from '../session/session.ts'" },
    finds:
      'packages/core/src/turn/step.ts:1: imports packages/core/src/session/session.ts: state is owned, not shared: nobody else takes the whole session',
  },
  {
    sentence: 'no source file is too long',
    files: { 'packages/core/src/a.ts': 'x\n'.repeat(401) },
    finds: 'packages/core/src/a.ts:401: 401 lines, at most 400',
  },
  {
    sentence: 'no test is skipped or singled out',
    files: { 'packages/core/src/a.test.ts': "test.skip('a', () => {})" },
    finds: 'packages/core/src/a.test.ts:1: test.skip',
  },
  {
    sentence: 'no files import each other in a circle',
    files: { 'packages/core/src/a.ts': "import './b.ts'", 'packages/core/src/b.ts': "export type { A } from './a.ts'" },
    finds: 'packages/core/src/a.ts: packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/a.ts',
  },
  {
    sentence: 'cold entries reach nothing heavy',
    files: { 'packages/protocol/src/index.ts': "export { a } from './a.ts'", 'packages/protocol/src/a.ts': "import * as z from 'zod'" },
    finds:
      'packages/protocol/src/a.ts:1: zod is reached from packages/protocol/src/index.ts: types and constants only; schemas are loaded with the method that needs them',
  },
])('"$sentence" finds $finds', ({ sentence, files, finds }) => {
  expect(allRules[sentence]?.(repositoryOf(files))).toEqual([finds])
})

test.each([
  ['packages/core/src/a.ts', 'Date.now()'],
  ['packages/core/src/a.ts', 'new Date()'],
  ['packages/core/src/a.ts', 'new Date'],
  ['packages/core/src/a.ts', 'Math.random()'],
  ['packages/tools/src/a.ts', 'setTimeout(f, 1)'],
  ['packages/testing/src/a.ts', 'setInterval(f, 1)'],
  ['apps/cli/src/a.ts', 'performance.now()'],
  ['packages/openai/src/a.ts', 'process.env'],
  ['packages/openai/src/a.ts', "process['env']"],
  ['packages/openai/src/a.ts', 'const { env } = process'],
  ['packages/core/src/a.ts', 'process.cwd()'],
  ['packages/base/src/a.ts', "Buffer.from('')"],
])('in %s, %s is banned', (path, code) => {
  expect(rules['no banned call']?.(repositoryOf({ [path]: `\n${code}` }))).toEqual([expect.stringMatching(`^${path}:2: `)])
})

test.each([
  ['packages/core/src/a.ts', 'new Date(ms)'],
  ['packages/core/src/a.ts', '// Date.now()'],
  ['packages/core/src/a.ts', "const a = 'process.env'"],
  ['packages/core/src/a.ts', 'this.process.pid'],
  ['packages/core/src/a.test.ts', 'Date.now()'],
  ['packages/core/test/a.scenario.ts', 'setTimeout(f, 1)'],
  ['packages/base/src/clock.ts', 'Date.now()'],
  ['packages/config/src/a.ts', 'process.env'],
  ['apps/cli/src/a.ts', 'process.env'],
])('in %s, %s is fine', (path, code) => {
  expect(rules['no banned call']?.(repositoryOf({ [path]: code }))).toEqual([])
})

test.each([
  ['packages/workspace/src/a.ts', "const { execa } = await import('execa')"],
  ['packages/workspace/src/a.ts', "import type { Options } from 'execa'"],
  ['packages/tools/src/a.ts', "import * as z from 'zod'"],
  ['packages/tools/src/a.test.ts', "import { test } from 'vitest'"],
  ['packages/octavo/test/a.test.ts', "import { x } from '@octavo/testing'"],
  ['packages/core/src/session/dispatch.ts', "import type { Session } from './session.ts'"],
  ['packages/extensions/src/a/index.ts', "export type { A } from '@octavo/extension-api/tool'"],
])('in %s, %s passes every rule', (path, code) => {
  const repository = repositoryOf({ [path]: code }, [manifestOf('octavo', { devDependencies: { '@octavo/testing': 'workspace:^' } })])
  expect(Object.values(allRules).flatMap((rule) => rule(repository))).toEqual([])
})

test('a manifest may list only what its row allows', () => {
  const manifests = [
    manifestOf('@octavo/core', { dependencies: { '@octavo/base': 'workspace:^', '@octavo/tools': 'workspace:^', got: '1.0.0' } }),
    manifestOf('@octavo/policy', { devDependencies: { '@octavo/testing': 'workspace:^', 'web-tree-sitter': '0.27.1' } }),
  ]
  expect(rules['manifests list only allowed packages']?.(repositoryOf({}, manifests))).toEqual([
    'packages/core/package.json: lists @octavo/tools, which house.config.json does not allow',
    'packages/core/package.json: lists got, which house.config.json does not allow',
    'packages/policy/package.json: lists @octavo/testing for its tests, which house.config.json does not allow',
  ])
})

test('a manifest may open only the entries of its row', () => {
  const manifests = [
    manifestOf('@octavo/policy', { exports: ['.', './command', './inner'] }),
    manifestOf('@octavo/tools', { exports: ['./exec'] }),
  ]
  expect(rules['manifests open only listed entries']?.(repositoryOf({}, manifests))).toEqual([
    'packages/policy/package.json: opens ./inner, which house.config.json does not list',
  ])
})

test('packages that stand on each other are found', () => {
  const manifests = [
    manifestOf('@octavo/core', { devDependencies: { '@octavo/testing': 'workspace:^' } }),
    manifestOf('@octavo/testing', { dependencies: { '@octavo/core': 'workspace:^' } }),
  ]
  expect(graphRules['no packages depend on each other in a circle']?.(repositoryOf({}, manifests))).toEqual([
    '@octavo/core → @octavo/testing → @octavo/core',
  ])
})

test('a row may not stand on its own layer or a higher one', () => {
  const core = config.packages['@octavo/core']
  if (core === undefined) throw new Error('core has no row')
  const packages = { ...config.packages, '@octavo/core': { ...core, ours: ['@octavo/base', '@octavo/tools', 'octavo'] } }
  expect(
    graphRules['edges of house.config.json point to lower layers']?.({ ...repositoryOf({}), config: { ...config, packages } }),
  ).toEqual([
    'house.config.json: @octavo/core (layer 3) may not stand on @octavo/tools',
    'house.config.json: @octavo/core (layer 3) may not stand on octavo',
  ])
})

test('a package without a row is found', () => {
  expect(rules['every package has its row']?.({ ...repositoryOf({}), strangers: ['packages/extra'] })).toEqual([
    'packages/extra: no row in house.config.json',
  ])
})

test('a built package marked as planned is found, and a missing one that is not', () => {
  const core = config.packages['@octavo/core']
  if (core === undefined) throw new Error('core has no row')
  const packages = {
    built: core,
    '@octavo/core': { ...core, planned: true as const },
    '@octavo/mcp': { ...core, dir: 'packages/mcp' },
    later: { ...core, planned: true as const },
  }
  expect(
    rules['a row is marked as planned while its package is not there, and no longer']?.({
      ...repositoryOf({}),
      config: { ...config, packages },
      missing: ['@octavo/mcp', 'later'],
    }),
  ).toEqual([
    'house.config.json: @octavo/core is in packages/core; drop "planned"',
    'house.config.json: @octavo/mcp is not in packages/mcp; mark it "planned": true',
  ])
})

test('the budget counts all packages and no tests', () => {
  const repository = repositoryOf({
    'packages/base/src/a.ts': 'x\ny\n',
    'packages/core/src/a.ts': 'x\n',
    'packages/core/src/a.test.ts': 'x\n',
  })
  const limited = (totalBudget: number): Repository => ({ ...repository, config: { ...config, totalBudget } })
  const rule = rules['the source stays in its budget of lines']
  expect(rule?.(limited(3))).toEqual([])
  expect(rule?.(limited(2))).toEqual(['all packages: 3 lines of source, the budget is 2'])
})

test('circles are found once, also behind a lead-in and to oneself', () => {
  expect(
    findCycles(
      new Map([
        ['lead', ['a']],
        ['a', ['b']],
        ['b', ['c', 'c2']],
        ['c', ['a']],
        ['c2', []],
        ['self', ['self']],
      ]),
    ),
  ).toEqual([
    ['a', 'b', 'c', 'a'],
    ['self', 'self'],
  ])
})

test.each([
  ['packages/base/src/**', 'packages/base/src/text/a.ts', true],
  ['packages/base/src/**', 'packages/basement/src/a.ts', false],
  ['apps/*/src/**', 'apps/cli/src/a.ts', true],
  ['./*', './exec', true],
  ['./*', './exec/deep', false],
  ['.', './exec', false],
])('the pattern %s against %s is %s', (pattern, path, matches) => {
  expect(matchesPath(pattern, path)).toBe(matches)
})

function repositoryOf(texts: Record<string, string>, manifests: readonly Manifest[] = []): Repository {
  const nameOf = (path: string): string => Object.entries(config.packages).find(([, row]) => path.startsWith(`${row.dir}/`))?.[0] ?? path
  const missing = Object.keys(config.packages).filter((name) => config.packages[name]?.planned === true)
  return {
    config,
    manifests,
    strangers: [],
    missing,
    files: Object.entries(texts).map(([path, text]) => toSourceFile(path, nameOf(path), text)),
  }
}

function manifestOf(packageName: string, parts: Partial<Manifest>): Manifest {
  const path = `${config.packages[packageName]?.dir}/package.json`
  return { path, packageName, dependencies: {}, optionalDependencies: {}, peerDependencies: {}, devDependencies: {}, exports: [], ...parts }
}
