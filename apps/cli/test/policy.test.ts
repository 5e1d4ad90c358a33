import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { World } from './harness/world.ts'

const NO_SANDBOX = { OCTAVO_SANDBOX: 'none' }

function writeRules(world: World, text: string): string {
  const folder = join(world.octavoHome, 'rules')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'mine.rules'), text)
  return join(folder, 'mine.rules')
}

test('a check tells what was decided, by which rule of which file, and what would change it', async () => {
  using world = new World()
  const file = writeRules(world, 'prefix_rule(["git"])\nprefix_rule(["git", "push"], "prompt", justification="the world sees it")\n')
  const { code, stdout, stderr } = await world.run(['policy', 'check', '-s', 'danger-full-access', '-a', 'on-failure', '--', 'git', 'push'])
  expect([code, stderr]).toEqual([3, ''])
  expect(stdout.split('\n')).toEqual([
    'git push is asked about',
    '  policy       on-request',
    expect.stringMatching(/^ {2}sandbox {6}danger-full-access, /),
    '  runs         without a sandbox',
    '  reason       `git push` requires approval: the world sees it',
    `  decided by   ${file}:2:1 (on-request: ask)`,
    `  unasked by   decision="allow" at ${file}:2:1`,
    'looked at',
    '    profile: not sandboxed, writes anywhere, network enabled',
    `    ${file}:1:1: allow: ["git"]`,
    `    ${file}:2:1: prompt: ["git","push"], the world sees it`,
    '    command.wider: no',
    '    command.dangerous: no',
    '    command.unconfined: no',
    '    command.safe: no',
    `  * ${file}:2:1: on-request: ask`,
    '',
  ])
})

test('for programs it is one JSON object, and the exit code says the decision', async () => {
  using world = new World()
  const full = ['-s', 'danger-full-access']
  const { code, stdout } = await world.run(['policy', 'check', '--json', ...full, '-a', 'never', '--', 'bash', '-lc', 'rm -rf build'])
  expect(code).toBe(4)
  expect(JSON.parse(stdout)).toMatchObject({
    command: ['bash', '-lc', 'rm -rf build'],
    approval_policy: 'never',
    sandbox_mode: 'danger-full-access',
    decision: 'forbid',
    message: expect.stringContaining('rm -f style commands are not permitted'),
    decided_by: 'table.command.dangerous',
    setting: 'prefix_rule(pattern=["rm", "-rf", "build"], decision="allow") in a .rules file',
    problems: [],
  })
  const allowed = await world.run(['policy', 'check', '--json', ...full, '--', 'make'])
  expect([allowed.code, JSON.parse(allowed.stdout)]).toMatchObject([0, { decision: 'allow', sandboxed: false, escalated: false }])
})

test('where no sandbox works it says so, and offers the rule that an approval could keep', async () => {
  using world = new World()
  const run = await world.run(['policy', 'check', '-s', 'workspace-write', '--', 'make', 'all'], { env: NO_SANDBOX })
  expect(run.code).toBe(3)
  expect(run.stdout).toMatch(/ {2}sandbox {6}workspace-write, none works: /)
  expect(run.stdout).toContain('  decided by   table.command.unconfined (on-request: ask)\n')
  expect(run.stdout).toContain('  rule offered make all\n')
})

test('mistakes in rule files are told with their place, and nothing in a command acts on the terminal (attack 41)', async () => {
  using world = new World()
  const file = writeRules(world, 'prefix_rule(["git"')
  const { stdout } = await world.run(['policy', 'check', '--', 'git', 'a\u001B[31mb\u202Ec\n  policy never'])
  expect(stdout).toContain(`  ! ${file}:1:19: expected , but found the end of the line`)
  expect(stdout.split('\n')[0]).toBe("git 'ab\\u202ec\\n  policy never' is asked about")
})

test.each([
  [['policy'], 'policy takes one word: check'],
  [['policy', 'check'], 'policy check needs a command'],
  [['policy', 'check', 'git', 'push'], 'the command stands behind --; found "git" before it'],
  [['policy', 'check', '-a', 'maybe', '--', 'ls'], 'option -a takes untrusted, on-request, never, on-failure'],
])('%j is a mistake in the arguments', async (argv, message) => {
  using world = new World()
  const { code, stdout, stderr } = await world.run(argv)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
})
