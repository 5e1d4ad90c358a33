import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, systemClock } from '@octavo/base'
import { createPolicy, parseRules } from '@octavo/policy'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { approvesWith, callsAll, createTestEngine, denies, responds, says, scriptedApprover, scriptedModel, calls } from '@octavo/testing'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, onTestFinished, test } from 'vitest'
import { ruleBook } from '../../src/local/policy.ts'
import { readFileSync } from 'node:fs'

async function makePlace(): Promise<AbsolutePath> {
  const dir = AbsolutePath.from(await realpath(await mkdtemp(join(tmpdir(), 'octavo-rules-'))))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

test('a rule that is approved with a command is kept, and answers for the next one of its kind (F66, F75)', async () => {
  const dir = await makePlace()
  const file = AbsolutePath.from(join(dir, 'rules/default.rules'))
  const environment = new Map([
    ['PATH', '/usr/local/bin:/usr/bin:/bin'],
    ['HOME', dir],
  ])
  await using local = createLocalWorkspace({ cwd: dir, sandbox: createUnavailableSandbox('not wanted here'), environment, strip: [] })
  const approver = scriptedApprover([approvesWith('rm', '-rf', 'scratch'), denies()])
  await using world = createTestEngine({
    cwd: dir,
    clock: systemClock,
    ports: { workspace: () => local, policy: createPolicy({ book: ruleBook(file) }) },
    settings: { approvalPolicy: 'on-request', permissions: { type: 'disabled' } },
    approvers: [approver],
    model: scriptedModel([
      responds(calls('exec_command', { cmd: 'rm -rf scratch' })),
      callsAll([
        ['exec_command', { cmd: 'rm -rf scratch one' }],
        ['exec_command', { cmd: 'rm -rf other' }],
      ]),
      says('Done.'),
    ]),
  })
  const thread = await world.startThread()
  await thread.run('Clean up')
  expect(approver.requests.map(({ payload }) => payload)).toMatchObject([
    {
      kind: 'commandApproval',
      cwd: dir,
      reason: 'it removes files without asking, or cannot be looked through',
      amendments: [{ kind: 'commandPrefix', prefix: ['rm', '-rf', 'scratch'] }],
    },
    { kind: 'commandApproval', amendments: [{ kind: 'commandPrefix', prefix: ['rm', '-rf', 'other'] }] },
  ])
  expect(readFileSync(file, 'utf8')).toBe('prefix_rule(pattern=["rm", "-rf", "scratch"], decision="allow")\n')
  expect(Object.values(await thread.outputs()).map((output) => /exited with code 0|rejected by user/.exec(output)?.[0])).toEqual([
    'exited with code 0',
    'exited with code 0',
    'rejected by user',
  ])
})

test('with nobody attached the model is told which rule asks, and what would have let the command run (F70)', async () => {
  const dir = await makePlace()
  const rules = parseRules('prefix_rule(["cargo", "publish"], "prompt")', 'team.rules')
  const environment = new Map([['PATH', '/usr/bin:/bin']])
  await using local = createLocalWorkspace({ cwd: dir, sandbox: createUnavailableSandbox('not wanted here'), environment, strip: [] })
  await using world = createTestEngine({
    cwd: dir,
    clock: systemClock,
    ports: { workspace: () => local, policy: createPolicy({ files: [rules] }) },
    settings: { approvalPolicy: 'on-request' },
    model: scriptedModel([calls('exec_command', { cmd: 'cargo publish' }), calls('exec_command', { cmd: 'rm -rf x' }), says('No.')]),
  })
  const thread = await world.startThread()
  await thread.run('Publish')
  expect(Object.values(await thread.outputs())).toEqual([
    expect.stringMatching(
      /asks for this by rule team\.rules:1:1 and nobody is attached to answer; .* or by decision="allow" at team\.rules:1:1$/,
    ),
    expect.stringMatching(
      /by rule table\.command\.dangerous .* or by prefix_rule\(pattern=\["rm", "-rf", "x"\], decision="allow"\) in a \.rules file$/,
    ),
  ])
})
