import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { LAUNCHER, World } from './harness/world.ts'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'))

/** A chunk and everything it imports at load time. */
function reachable(name: string): ReadonlySet<string> {
  const seen = new Set([name])
  for (const each of seen) {
    const text = readFileSync(join(dist, each), 'utf8')
    for (const [, target = ''] of text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"|^import "(\.[^"]+)"/gm)) {
      if (target !== '') seen.add(join(dirname(each), target))
    }
  }
  return seen
}

test('the built program is smaller than 3 MB', () => {
  const bytes = files.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0)
  expect(bytes).toBeLessThan(3_000_000)
  expect(bytes).toBeGreaterThan(100_000)
})

test('what exec loads before it knows that it needs more holds no heavy library', () => {
  const exec = files.find((name) => name.startsWith('chunks/exec-')) ?? ''
  const loaded = [...reachable(exec)].map((name) => readFileSync(join(dist, name), 'utf8')).join('\n')
  const libraries = new Set([...loaded.matchAll(/^\/\/ .*node_modules\/\.pnpm\/((?:@[^/+]+\+)?[^/@]+)@/gm)].map(([, name]) => name))
  expect([...libraries].toSorted()).toEqual(['eventemitter3', 'eventsource-parser'])
})

test('the entry imports nothing: --version and an old Node need no more', () => {
  expect([...reachable('octavo.mjs')]).toEqual(['octavo.mjs'])
})

test.each(['--version', '-V'])('%s prints the version of the manifest', (flag) => {
  expect(execFileSync(LAUNCHER, [flag], { encoding: 'utf8' })).toBe(`octavo ${manifest.version}\n`)
})

test('a Node that is too old is told in one line, whatever was asked', () => {
  const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.17.1' } }); await import(${JSON.stringify(join(dist, 'octavo.mjs'))})`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, 'x', '--version'], {
    encoding: 'utf8',
  })
  expect([status, stdout, stderr]).toEqual([1, '', 'octavo: Node 22.17.1 is too old; octavo needs Node 22.18 or newer\n'])
})

test('the launcher works through links, from its own folder, and with an empty environment (R56)', () => {
  using world = new World()
  const link = join(world.root, 'octavo')
  execFileSync('ln', ['-s', LAUNCHER, link])
  execFileSync('ln', ['-s', 'octavo', join(world.root, 'again')])
  const version = `octavo ${manifest.version}\n`
  expect([versionOf(link, world.home), versionOf(join(world.root, 'again'), world.home), versionOf('./octavo', dirname(LAUNCHER))]).toEqual(
    [version, version, version],
  )
})

function versionOf(file: string, cwd: string): string {
  return execFileSync(file, ['--version'], { cwd, env: {}, encoding: 'utf8' })
}

test.each([
  [[], 'usage: octavo <command>'],
  [['--help'], 'usage: octavo <command>'],
  [['help', 'exec'], '--output-schema FILE'],
  [['exec', '--help'], '--output-schema FILE'],
  [['e', '-h'], '--output-schema FILE'],
  [['demo', '--help'], 'scripted model'],
  [['apply-patch', '--help'], '*** Begin Patch'],
])('octavo %o helps on stdout and exits with 0', async (args, text) => {
  using world = new World()
  const ended = await world.run(args)
  ended.endedWith(0)
  expect([ended.stdout.includes(text), ended.stderr]).toEqual([true, ''])
})
