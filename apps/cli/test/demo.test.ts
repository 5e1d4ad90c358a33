import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { type Ended, World } from './harness/world.ts'

function dirOf({ stdout }: Ended): string {
  return /failing test was made in (\S+)/.exec(stdout)?.[1] ?? ''
}

test('without a sandbox the demo says so, sees the test fail, mends it, asks, and sees it pass', async () => {
  using world = new World()
  const ended = await world.run(['demo'], { env: { OCTAVO_SANDBOX: 'none', OPENAI_API_KEY: undefined, TMPDIR: world.root } })
  ended.endedWith(0)
  const dir = dirOf(ended)
  const order = [
    'the model is a script',
    'No sandbox works here',
    'sandbox: none: nothing confines the commands of this demo',
    'exited 1',
    'patch: completed',
    'approval to run outside the sandbox: rm -f split.mjs.orig',
    "answered by the demo's policy",
    'succeeded',
    'The test passes.',
    '+  const left = cents - share * people',
    'thread',
    'rollout',
    'exec -C',
  ]
  let rest = ended.stdout
  for (const text of order) {
    if (!rest.includes(text)) throw new Error(`expected ${text} in what is left:\n${rest}`)
    rest = rest.slice(rest.indexOf(text))
  }
  expect([
    existsSync(join(dir, 'split.mjs.orig')),
    execFileSync(process.execPath, ['test.mjs'], { cwd: dir, encoding: 'utf8' }).includes('all 4 pass'),
  ]).toEqual([false, true])
  expect(ended.stdout).not.toContain('confined by somebody else')
  expect(world.records().filter(({ type }) => type === 'session_meta').length).toBe(1)
})

test('in a sandbox the demo runs confined to its directory', async () => {
  using world = new World()
  const finder = fileURLToPath(new URL('../../../packages/sandbox/test/find-bubblewrap.ts', import.meta.url))
  const found = execFileSync(process.execPath, ['--conditions=@octavo/source', finder], { encoding: 'utf8' }).trim()
  // A program that a command could have written is not trusted to confine it, and this checkout may lie below /tmp.
  const tools = mkdtempSync('/var/tmp/octavo-bwrap-')
  try {
    copyFileSync(join(found, 'bwrap'), join(tools, 'bwrap'))
    const env = { PATH: `${tools}:${process.env['PATH']}`, TMPDIR: world.root, OPENAI_API_KEY: undefined }
    const ended = await world.run(['demo'], { env })
    ended.endedWith(0)
    expect(ended.stdout).toContain('sandbox: workspace-write [workdir, /tmp, $TMPDIR]')
    expect(ended.stdout).not.toContain('No sandbox works here')
    expect(ended.stdout).toMatch(/exec -C \S+ -s workspace-write resume/)
  } finally {
    rmSync(tools, { recursive: true })
  }
})

test('the line it ends with goes on with a real model, in the same thread', async () => {
  using world = new World()
  const ended = await world.run(['demo'], { env: { OCTAVO_SANDBOX: 'none', TMPDIR: world.root } })
  ended.endedWith(0)
  const line = (/^ {2}(\S+ exec -C .*)$/m.exec(ended.stdout)?.[1] ?? '').replace(' exec ', ' exec -m gpt-5.1-codex ') // no default model for a foreign server
  await using service = await startService([responses.text('Gone on.')])
  const { HOME, OCTAVO_HOME } = { HOME: world.home, OCTAVO_HOME: world.octavoHome }
  const output = await new Promise<string>((resolve, reject) => {
    import('node:child_process').then(({ execFile }) =>
      execFile(
        '/bin/sh',
        ['-c', line],
        { env: { PATH: process.env['PATH'], HOME, OCTAVO_HOME, OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: service.server.url } },
        (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
      ).stdin?.end(),
    )
  })
  expect(output).toBe('Gone on.\n')
  expect(JSON.stringify(service.conversation(1))).toContain('The test passes.')
  const [rollout = ''] = world.rollouts()
  expect([world.rollouts().length, readFileSync(rollout, 'utf8').includes('Gone on.')]).toEqual([1, true])
})
