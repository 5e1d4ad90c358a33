import { AbsolutePath } from '@octavo/base'
import {
  type Effect,
  type PolicyQuestion,
  type PolicyVerdict,
  type SandboxGrant,
  TURN_AUTHORITY,
  type WritableRoot,
} from '@octavo/extension-api'
import { type ApprovalPolicy, NO_PERMISSIONS, type PermissionProfile, profileOfSandboxPolicy, type TerminalId } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'
import { createPolicy } from './policy.ts'
import { makeGrant } from './grant.ts'

const path = AbsolutePath.from
const CWD = path('/repo')
const WORKSPACE = profileOfSandboxPolicy({
  type: 'workspace-write',
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: true,
})
const READ_ONLY = profileOfSandboxPolicy({ type: 'read-only', networkAccess: false })
const DISABLED: PermissionProfile = { type: 'disabled' }
const EXTERNAL: PermissionProfile = { type: 'external', network: 'enabled' }
const DENYING: PermissionProfile = {
  type: 'managed',
  fileSystem: {
    type: 'restricted',
    entries: [
      { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
      { path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' },
      { path: { type: 'path', path: path('/secrets') }, access: 'deny' },
    ],
  },
  network: 'restricted',
}

function granular(sandboxApproval: boolean, mcpElicitations = false): ApprovalPolicy {
  return { granular: { sandboxApproval, rules: true, skillApproval: false, requestPermissions: false, mcpElicitations } }
}

const POLICIES = {
  untrusted: 'untrusted',
  'on-request': 'on-request',
  never: 'never',
  'granular+': granular(true),
  'granular-': granular(false),
} as const
type PolicyName = keyof typeof POLICIES

interface Situation extends Partial<Omit<PolicyQuestion, 'settings' | 'sandbox' | 'tool'>> {
  readonly policy?: ApprovalPolicy
  readonly profile?: PermissionProfile
  readonly sandboxWorks?: boolean
  readonly tool?: string
}

function question({
  policy = 'on-request',
  profile = WORKSPACE,
  sandboxWorks = true,
  tool = 'shell_command',
  ...more
}: Situation): PolicyQuestion {
  return {
    tool: { namespace: null, name: tool },
    effects: [],
    authority: TURN_AUTHORITY,
    settings: { approvalPolicy: policy, permissions: profile, cwd: CWD, workspaceRoots: [CWD], tmpdir: null },
    sandbox: sandboxWorks
      ? { kind: 'bubblewrap', working: true, reason: null }
      : { kind: 'none', working: false, reason: 'bwrap was not found' },
    granted: NO_PERMISSIONS,
    denial: null,
    approvedAlready: false,
    ...more,
  }
}

function run(command: string | readonly string[]): Effect {
  return { kind: 'exec', command: typeof command === 'string' ? ['/bin/bash', '-lc', command] : command, cwd: CWD, tty: false }
}

function write(...paths: string[]): Effect {
  return { kind: 'write', paths: paths.map((text) => path(text)) }
}

const ESCALATED = { level: 'escalated', justification: 'needs the registry', prefixRule: [], additional: null } as const
const DENIAL = { reason: 'read-only file system', kind: 'fileSystem' } as const
const turnGrant = (profile: PermissionProfile = WORKSPACE): SandboxGrant => makeGrant(question({ profile }).settings, NO_PERMISSIONS)
const rootsOf = ({ write: roots }: SandboxGrant): readonly WritableRoot[] => (roots === 'all' ? [] : roots)
const exactly = (...paths: string[]): WritableRoot[] => paths.map((root) => ({ root: path(root), readOnly: [] }))
const FREE: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: true }

/** `run`, `ask`, or `no`, in the order of POLICIES. */
function row(situation: (policy: ApprovalPolicy) => Situation): string {
  const kinds = (Object.keys(POLICIES) as PolicyName[]).map((name) => decide(question(situation(POLICIES[name]))).kind)
  return kinds.map((kind) => ({ allow: 'run', ask: 'ask', forbid: 'no' })[kind]).join(' ')
}

function input(escalated: boolean): Effect {
  return { kind: 'terminal', id: '1000' as TerminalId, escalated }
}

function message(verdict: PolicyVerdict): string | null {
  return verdict.kind === 'forbid' ? verdict.message : null
}

describe('commands, by untrusted, on-request, never, granular with prompts and granular without (F65)', () => {
  it.each<[string, PermissionProfile, Situation, string]>([
    ['ls -la', WORKSPACE, {}, 'run run run run run'],
    ['npm test', WORKSPACE, {}, 'ask run run run run'],
    ['ls > out', WORKSPACE, {}, 'ask run run run run'],
    ['rm -rf build', WORKSPACE, {}, 'ask ask no ask no'],
    ['npm install', WORKSPACE, { authority: ESCALATED }, 'ask ask no ask no'],
    ['ls', WORKSPACE, { authority: ESCALATED }, 'ask ask no ask no'],
    ['rm -rf /', WORKSPACE, { authority: ESCALATED }, 'ask ask no ask no'],
    ['ls', WORKSPACE, { sandboxWorks: false }, 'ask ask no ask no'],
    ['npm test', READ_ONLY, { sandboxWorks: false }, 'ask ask no ask no'],
    ['npm test', READ_ONLY, {}, 'ask run run run run'],
    ['ls', DISABLED, {}, 'run run run run run'],
    ['npm test', DISABLED, {}, 'ask run run run run'],
    ['rm -rf build', DISABLED, {}, 'ask ask no ask no'],
    ['npm test', DISABLED, { authority: ESCALATED, sandboxWorks: false }, 'ask run run run run'],
    ['npm test', EXTERNAL, { sandboxWorks: false }, 'ask run run run run'],
    ['rm -rf build', EXTERNAL, {}, 'ask ask no ask no'],
  ])('%s under %o %o: %s', (command, profile, more, expected) => {
    expect(row((policy) => ({ ...more, policy, profile, effects: [run(command)] }))).toBe(expected)
  })

  // Rows of the list of attacks.
  it.each(['./ls', '/tmp/evil/cat x', 'FOO=1 ls', 'git -c core.pager=evil log', ''])(
    'attack: %j is asked about under untrusted',
    (command) => {
      expect(decide(question({ policy: 'untrusted', effects: [run(command)] })).kind).toBe('ask')
    },
  )

  it.each(['find . -delete', 'xargs rm -f </dev/null', '\\rm -f x', 'rm -- -f', 'rm x -r'])(
    'attack: %s stays in the sandbox',
    (command) => {
      expect(decide(question({ policy: 'never', effects: [run(command)] }))).toMatchObject({ kind: 'allow', grant: turnGrant() })
    },
  )

  it.each([
    'sudo env A=1 -i rm -fr x',
    `bash -c "bash -c 'rm -f x'"`,
    'if true; then rm -f x; fi',
    "trap 'rm -f x' EXIT",
    'echo $(rm -f x)',
  ])('attack: %s is refused under never', (command) => {
    const refused = message(decide(question({ policy: 'never', effects: [run(command)] })))
    expect(refused).toMatch(/^`.+` rejected: rm -f style commands are not permitted\. Use a safer approach$/s)
  })
})

describe('what a command is given', () => {
  it('an approved command is still sandboxed unless escalation was what was approved (F68, R29)', () => {
    expect(decide(question({ effects: [run('rm -rf build')] }))).toMatchObject({ kind: 'ask', grant: turnGrant() })
    expect(decide(question({ policy: 'untrusted', effects: [run('npm test')] }))).toMatchObject({ kind: 'ask', grant: turnGrant() })
    expect(decide(question({ effects: [run('npm i')], authority: ESCALATED }))).toMatchObject({
      kind: 'ask',
      grant: FREE,
      reason: 'needs the registry',
    })
  })

  it('escalation keeps a sandbox for reads the profile denies', () => {
    const verdict = decide(question({ profile: DENYING, effects: [run('npm i')], authority: ESCALATED }))
    expect(verdict).toMatchObject({ kind: 'ask', grant: { ...FREE, enforcement: 'platform', deny: ['/secrets'] } })
  })

  it('without a working sandbox an approved command runs without one, and never silently', () => {
    const verdict = decide(question({ sandboxWorks: false, effects: [run('npm test')] }))
    expect(verdict).toMatchObject({ kind: 'ask', grant: FREE, reason: 'no sandbox works here, so it would run without one' })
  })

  it('without a working sandbox a profile that denies reading lets no command run', () => {
    const verdict = decide(question({ profile: DENYING, sandboxWorks: false, effects: [run('ls')] }))
    expect(message(verdict)).toBe(
      'the permission profile forbids reading some paths, and no sandbox works here (bwrap was not found) that could keep a command from them',
    )
  })

  it('permissions given before need no question again, others are asked for and then added', () => {
    const wanted = { network: true, read: [], write: [path('/srv')] }
    const authority = { level: 'additional', justification: 'deploys', prefixRule: [], additional: wanted } as const
    expect(decide(question({ effects: [run('deploy')], authority, granted: wanted })).kind).toBe('allow')
    const verdict = decide(question({ effects: [run('deploy')], authority }))
    expect(verdict).toMatchObject({
      kind: 'ask',
      reason: 'deploys',
      grant: { enforcement: 'platform', network: 'enabled', escalated: true },
    })
    expect(verdict.kind === 'ask' && verdict.grant.write !== 'all' && verdict.grant.write.map(({ root }) => root)).toEqual([
      '/repo',
      '/srv',
    ])
    expect(decide(question({ policy: 'never', effects: [run('deploy')], authority })).kind).toBe('forbid')
  })
})

const grantOf = (situation: Situation): SandboxGrant | null => {
  const verdict = decide(question(situation))
  return verdict.kind === 'forbid' ? null : verdict.grant
}

describe('what a call without a command is given (R29)', () => {
  const ONLINE = profileOfSandboxPolicy({
    type: 'workspace-write',
    writableRoots: [],
    networkAccess: true,
    excludeTmpdirEnvVar: true,
    excludeSlashTmp: true,
  })
  const read: Effect = { kind: 'read', paths: [path('/repo/a')] }
  const hosts: Effect = { kind: 'network', hosts: ['example.org'] }

  it.each<[string, PermissionProfile, readonly Effect[], Partial<SandboxGrant>]>([
    ['nothing planned', ONLINE, [], { enforcement: 'platform', write: [], network: 'restricted' }],
    ['a read', ONLINE, [read], { enforcement: 'platform', write: [], network: 'restricted' }],
    ['a write', ONLINE, [write('/repo/a')], { enforcement: 'platform', write: exactly('/repo/a'), network: 'restricted' }],
    ['a move', WORKSPACE, [write('/repo/a', '/repo/x/b')], { write: exactly('/repo/a', '/repo/x/b'), network: 'restricted' }],
    ['two writes', WORKSPACE, [write('/repo/a'), write('/repo/a', '/repo/b')], { write: exactly('/repo/a', '/repo/b') }],
    ['hosts', ONLINE, [hosts], { enforcement: 'platform', write: [], network: 'enabled' }],
    ['hosts that are asked about', WORKSPACE, [hosts], { enforcement: 'platform', write: [], network: 'enabled', escalated: true }],
    ['a tool of somebody else', ONLINE, [{ kind: 'external', server: 's', tool: 't' }], { write: [], network: 'restricted' }],
    ['full access, nothing planned', DISABLED, [], { enforcement: 'none', write: [], network: 'enabled' }],
    ['full access, a write', DISABLED, [write('/etc/a')], { enforcement: 'none', write: exactly('/etc/a'), network: 'enabled' }],
    ['an external sandbox', EXTERNAL, [write('/etc/a')], { enforcement: 'none', write: exactly('/etc/a'), network: 'enabled' }],
    ['an external sandbox without network', { type: 'external', network: 'restricted' }, [], { write: [], network: 'restricted' }],
  ])('%s', (_case, profile, effects, expected) => {
    expect(grantOf({ profile, effects })).toMatchObject(expected)
  })

  it('with a command, or input to one, it is what the turn allows', () => {
    expect(grantOf({ profile: ONLINE, effects: [run('ls'), write('/repo/a')] })).toEqual(turnGrant(ONLINE))
    expect(grantOf({ profile: ONLINE, effects: [input(false)] })).toEqual(turnGrant(ONLINE))
  })

  it('a planned path stays in the directories it was planned in, wherever its links lead', () => {
    expect(grantOf({ effects: [write('/repo/a')] })?.within).toEqual(rootsOf(turnGrant()))
    expect(grantOf({ profile: DISABLED, effects: [write('/repo/a')] })).not.toHaveProperty('within')
  })

  it('a second attempt has the same paths, without the sandbox', () => {
    expect(grantOf({ effects: [write('/repo/a')], denial: DENIAL })).toMatchObject({
      enforcement: 'none',
      write: exactly('/repo/a'),
      escalated: true,
    })
  })
})

describe('what the model is told', () => {
  it.each<[string, Situation, string]>([
    [
      'rm',
      { policy: 'never', effects: [run(['rm', '-rf', 'build'])] },
      '`rm -rf build` rejected: rm -f style commands are not permitted. Use a safer approach',
    ],
    [
      'rm by exec_command',
      { policy: 'never', tool: 'exec_command', effects: [run(['rm', '-rf', 'build'])] },
      'exec_command failed: `rm -rf build` rejected: rm -f style commands are not permitted. Use a safer approach',
    ],
    [
      'escalation by exec_command',
      { policy: 'never', tool: 'exec_command', authority: ESCALATED, effects: [run('ls')] },
      'approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never',
    ],
    [
      'escalation by shell_command',
      { policy: 'never', authority: ESCALATED, effects: [run('ls')] },
      'approval policy is Never; reject command — you should not ask for escalated permissions if the approval policy is Never',
    ],
    [
      'a prompt that is switched off',
      { policy: granular(false), effects: [run('rm -f x')] },
      'approval required by policy, but AskForApproval::Granular.sandbox_approval is false',
    ],
    [
      'no sandbox',
      { policy: 'never', sandboxWorks: false, effects: [run('ls')] },
      'no sandbox works here (bwrap was not found), so commands cannot run under this permission profile; ' +
        'the user can install bubblewrap, or allow full access with `-s danger-full-access`',
    ],
    [
      'an outside patch',
      { policy: 'never', tool: 'apply_patch', effects: [write('/etc/x')] },
      'patch rejected: writing outside of the project; rejected by user approval settings',
    ],
    [
      'a patch of protected metadata',
      { policy: 'never', tool: 'apply_patch', effects: [write('/repo/.git/x')] },
      'patch rejected: writing outside of the project; rejected by user approval settings',
    ],
    [
      'a patch when nothing is writable',
      { policy: 'never', profile: READ_ONLY, tool: 'apply_patch', effects: [write('/repo/x')] },
      'patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings',
    ],
    [
      'a patch without a sandbox',
      { policy: 'never', sandboxWorks: false, tool: 'apply_patch', effects: [write('/repo/x')] },
      'patch rejected: no sandbox works here (bwrap was not found), and writing without one needs an approval; rejected by user approval settings',
    ],
    [
      'a denied file',
      { profile: DENYING, tool: 'view_image', effects: [{ kind: 'read', paths: [path('/secrets/a.png')] }] },
      'rejected: the permission profile denies access to /secrets/a.png',
    ],
    [
      'an external tool',
      { policy: 'never', effects: [{ kind: 'external', server: 's', tool: 't' }] },
      'MCP tool call requires approval, but approval policy is never',
    ],
  ])('about %s (F69)', (_case, situation, expected) => {
    expect(message(decide(question(situation)))).toBe(expected)
  })

  it('a long command is shown by its two ends', () => {
    const refused = message(decide(question({ policy: 'never', effects: [run(['rm', '-f', 'x'.repeat(10_000)])] })))
    expect(refused?.length).toBeLessThan(500)
  })
})

describe('writes, by untrusted, on-request, never, granular with prompts and granular without (F61, F65)', () => {
  it.each<[string, Situation, string]>([
    ['inside', { effects: [write('/repo/a', '/repo/b')] }, 'ask run run run run'],
    ['inside, no sandbox', { sandboxWorks: false, effects: [write('/repo/a')] }, 'ask ask no ask no'],
    ['one of them outside', { effects: [write('/repo/a', '/etc/b')] }, 'ask ask no ask no'],
    ['protected metadata', { effects: [write('/repo/.git/config')] }, 'ask ask no ask no'],
    ['read-only', { profile: READ_ONLY, effects: [write('/repo/a')] }, 'ask ask no ask no'],
    ['full access', { profile: DISABLED, effects: [write('/etc/a')] }, 'ask run run run run'],
    ['external sandbox', { profile: EXTERNAL, sandboxWorks: false, effects: [write('/etc/a')] }, 'ask run run run run'],
  ])('%s', (_case, situation, expected) => {
    expect(row((policy) => ({ ...situation, policy, tool: 'apply_patch' }))).toBe(expected)
  })

  it('approval makes these paths writable and nothing beside them', () => {
    const verdict = decide(question({ effects: [write('/repo/a', '/etc/b')] }))
    const turn = turnGrant()
    expect(verdict).toMatchObject({
      kind: 'ask',
      reason: 'writes outside the workspace: /etc/b',
      grant: { ...turn, escalated: true, write: exactly('/repo/a', '/etc/b'), within: [...rootsOf(turn), ...exactly('/etc/b')] },
    })
  })

  it('has a key for each file', () => {
    expect(decide(question({ policy: 'untrusted', effects: [write('/repo/a', '/repo/b')] }))).toMatchObject({
      keys: ['{"kind":"write","path":"/repo/a"}', '{"kind":"write","path":"/repo/b"}'],
    })
  })

  it('a denied path is refused under every policy', () => {
    expect(row((policy) => ({ policy, profile: DENYING, effects: [write('/secrets/a')] }))).toBe('no no no no no')
  })
})

describe('a second attempt after a denial (F72)', () => {
  it('of a command is asked for under untrusted and granular only', () => {
    expect(row((policy) => ({ policy, effects: [run('npm i')], denial: DENIAL }))).toBe('ask no no ask no')
  })

  it('of a patch is asked for under on-request too', () => {
    expect(row((policy) => ({ policy, effects: [write('/repo/a')], denial: DENIAL }))).toBe('ask ask no ask no')
  })

  it('leaves the sandbox, is never remembered, and is asked for although the first attempt was approved', () => {
    const verdict = decide(question({ policy: 'untrusted', effects: [run('npm i')], denial: DENIAL, approvedAlready: true }))
    expect(verdict).toMatchObject({ kind: 'ask', grant: FREE, keys: [], reason: 'command failed; retry without sandbox?' })
  })

  it('is never made where the profile denies reading', () => {
    expect(row((policy) => ({ policy, profile: DENYING, effects: [run('npm i')], denial: DENIAL }))).toBe('no no no no no')
  })
})

describe('session-grant keys (F67, R32)', () => {
  const keysOf = (effect: Effect, more: Situation = {}): readonly string[] => {
    const verdict = decide(question({ policy: 'untrusted', ...more, effects: [effect] }))
    return verdict.kind === 'ask' ? verdict.keys : []
  }

  it.each<[string, Effect]>([
    ['another shell', run(['zsh', '-c', 'npm test'])],
    ['another quoting', run(['/bin/bash', '-lc', `npm 'te'st`])],
    ['no shell', run(['npm', 'test'])],
  ])('%s of the same command has the same key', (_case, effect) => {
    expect(keysOf(effect)).toEqual(keysOf(run('npm test')))
  })

  it.each<[string, Effect, Situation]>([
    ['another command', run('npm run test'), {}],
    ['another directory', { kind: 'exec', command: ['npm', 'test'], cwd: path('/repo/a'), tty: false }, {}],
    ['a terminal', { kind: 'exec', command: ['npm', 'test'], cwd: CWD, tty: true }, {}],
    ['escalation', run('npm test'), { authority: ESCALATED }],
    ['a shell of unknown origin', run(['/tmp/evil/bash', '-lc', 'npm test']), {}],
  ])('%s has another key', (_case, effect, more) => {
    expect(keysOf(effect, more)).not.toEqual(keysOf(run('npm test')))
  })

  it('a glob and the same characters in quotes have different keys', () => {
    expect(keysOf(run('rm -f *'))).not.toEqual(keysOf(run("rm -f '*'")))
  })

  it('scripts that are not one plain command are their text and flag', () => {
    expect(keysOf(run('a && b'))).toEqual([
      '{"command":{"flag":"-lc","script":"a && b","shell":"bash"},"cwd":"/repo","kind":"exec","level":"turn","tty":false}',
    ])
    expect(keysOf(run(['bash', '-c', 'a && b']))).not.toEqual(keysOf(run('a && b')))
  })
})

describe('other effects', () => {
  it('without any there is nothing to ask, whatever the policy', () => {
    expect(decide(question({ policy: 'untrusted' }))).toMatchObject({ kind: 'allow', grant: { ...turnGrant(), write: [] } })
    expect(row((policy) => ({ policy, sandboxWorks: false, effects: [{ kind: 'read', paths: [path('/etc/x')] }] }))).toBe(
      'run run run run run',
    )
  })

  it('input to a terminal is asked about under untrusted when the terminal is outside the sandbox', () => {
    expect(row((policy) => ({ policy, effects: [input(false)] }))).toBe('run run run run run')
    expect(row((policy) => ({ policy, effects: [input(true)] }))).toBe('ask run run run run')
    expect(decide(question({ policy: 'untrusted', effects: [input(true)] }))).toMatchObject({
      grant: FREE,
      keys: ['{"id":"1000","kind":"terminal"}'],
    })
  })

  it('a tool of somebody else is asked about, except under never with full access', () => {
    const effects: Effect[] = [{ kind: 'external', server: 's', tool: 't' }]
    expect(row((policy) => ({ policy, effects }))).toBe('ask ask no no no')
    expect(row((policy) => ({ policy, effects, profile: DISABLED }))).toBe('ask ask run no no')
    expect(decide(question({ policy: granular(true, true), effects })).kind).toBe('ask')
  })

  it('hosts are asked about while the network is off, and approval turns it on', () => {
    const effects: Effect[] = [{ kind: 'network', hosts: ['example.org'] }]
    expect(row((policy) => ({ policy, effects }))).toBe('ask ask no ask no')
    expect(row((policy) => ({ policy, effects, profile: DISABLED }))).toBe('run run run run run')
    expect(decide(question({ effects }))).toMatchObject({ grant: { network: 'enabled', enforcement: 'platform', escalated: true } })
  })

  it('of several effects the strictest decides, and one approval gives what all of them need', () => {
    const effects = [run('ls'), write('/etc/a')]
    expect(decide(question({ effects }))).toMatchObject({ kind: 'ask', keys: ['{"kind":"write","path":"/etc/a"}'] })
    expect(decide(question({ policy: 'never', effects })).kind).toBe('forbid')
  })

  it('a profile that cannot be enforced stops calls instead of being widened', () => {
    const profile: PermissionProfile = { type: 'managed', fileSystem: { type: 'restricted', entries: [] }, network: 'restricted' }
    expect(message(decide(question({ profile, effects: [run('ls')] })))).toMatch(/^the permission profile asks for .+ cannot enforce/)
    expect(decide(question({ profile })).kind).toBe('allow')
  })
})

describe('the trace', () => {
  it('names each rule that was looked at, and the one that decided', () => {
    const { trace } = decide(question({ policy: 'untrusted', effects: [run('ls')] }))
    expect(trace).toEqual([
      { rule: 'profile', said: 'sandboxed, writable roots: 1, network restricted', decided: false },
      { rule: 'command.wider', said: 'no', decided: false },
      { rule: 'command.dangerous', said: 'no', decided: false },
      { rule: 'command.unconfined', said: 'no', decided: false },
      { rule: 'command.safe', said: 'yes', decided: false },
      { rule: 'table.command.safe', said: 'untrusted: run', decided: true },
    ])
  })

  it.each<[string, Situation]>([
    ['a refusal', { policy: 'never', effects: [run('rm -f x')] }],
    ['a retry', { policy: 'untrusted', effects: [run('x')], denial: DENIAL }],
    ['nothing', {}],
    ['a write', { effects: [write('/repo/a')] }],
    ['a read', { effects: [{ kind: 'read', paths: [path('/a')] }] }],
    ['a denied path', { profile: DENYING, effects: [write('/secrets/a')] }],
    ['a denied command', { profile: DENYING, sandboxWorks: false, effects: [run('ls')] }],
  ])('of %s ends with the one rule that decided', (_case, situation) => {
    expect(decide(question(situation)).trace.map(({ decided }) => decided)).toSatisfy(
      (steps: boolean[]) => steps.at(-1) === true && steps.filter(Boolean).length === 1,
    )
  })
})

it('an approval cannot add rules while there are none', async () => {
  await expect(createPolicy().amend({ kind: 'commandPrefix', prefix: ['git', 'pull'] })).rejects.toMatchObject({
    code: 'amendments_unsupported',
  })
})
