import { AbsolutePath } from '@octavo/base'
import type { PolicySettings, SandboxGrant } from '@octavo/extension-api'
import { type FileSystemEntry, NO_PERMISSIONS, type PermissionProfile, profileOfSandboxPolicy } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { allowPaths, canWrite, covers, escalate, findUnenforceable, makeGrant, uniteGrants } from './grant.ts'

const path = AbsolutePath.from
const CWD = path('/repo')
const ROOT_READ: FileSystemEntry = { path: { type: 'special', value: { kind: 'root' } }, access: 'read' }

function settings(permissions: PermissionProfile, more: Partial<PolicySettings> = {}): PolicySettings {
  return { approvalPolicy: 'on-request', permissions, cwd: CWD, workspaceRoots: [CWD], tmpdir: path('/var/tmp/me'), ...more }
}

function entries(...made: FileSystemEntry[]): PermissionProfile {
  return { type: 'managed', fileSystem: { type: 'restricted', entries: [ROOT_READ, ...made] }, network: 'restricted' }
}

function entry(text: string, access: FileSystemEntry['access']): FileSystemEntry {
  return { path: { type: 'path', path: path(text) }, access }
}

function unrestricted(network: 'enabled' | 'restricted'): PermissionProfile {
  return { type: 'managed', fileSystem: { type: 'unrestricted' }, network }
}

const WORKSPACE = profileOfSandboxPolicy({
  type: 'workspace-write',
  writableRoots: [path('/data')],
  networkAccess: false,
  excludeTmpdirEnvVar: false,
  excludeSlashTmp: false,
})
const FULL: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: false }
const protectedIn = (root: string): AbsolutePath[] => ['.git', '.agents', '.codex', '.octavo'].map((name) => path(`${root}/${name}`))

describe('the grant of a profile', () => {
  it('is everything when the profile is disabled, and what the outer sandbox leaves when it is external', () => {
    expect(makeGrant(settings({ type: 'disabled' }), NO_PERMISSIONS)).toEqual(FULL)
    expect(makeGrant(settings({ type: 'external', network: 'restricted' }), NO_PERMISSIONS)).toEqual({ ...FULL, network: 'restricted' })
  })

  it('keeps the sandbox for the network alone when only that is restricted', () => {
    expect(makeGrant(settings(unrestricted('restricted')), NO_PERMISSIONS)).toEqual({
      ...FULL,
      enforcement: 'platform',
      network: 'restricted',
    })
    expect(makeGrant(settings(unrestricted('enabled')), NO_PERMISSIONS)).toEqual(FULL)
    expect(makeGrant(settings(unrestricted('restricted')), { ...NO_PERMISSIONS, network: true })).toEqual(FULL)
  })

  it('writes nothing under read-only', () => {
    const profile = profileOfSandboxPolicy({ type: 'read-only', networkAccess: false })
    expect(makeGrant(settings(profile), NO_PERMISSIONS)).toEqual({ ...FULL, enforcement: 'platform', write: [], network: 'restricted' })
  })

  it('binds workspace roots, temporary places and added directories, and protects names in all but the temporary ones', () => {
    expect(makeGrant(settings(WORKSPACE, { workspaceRoots: [CWD, path('/other')] }), NO_PERMISSIONS)).toEqual({
      enforcement: 'platform',
      write: [
        { root: '/repo', readOnly: protectedIn('/repo'), protectedNames: ['.git'] },
        { root: '/other', readOnly: protectedIn('/other'), protectedNames: ['.git'] },
        { root: '/tmp', readOnly: [] },
        { root: '/var/tmp/me', readOnly: [] },
        { root: '/data', readOnly: protectedIn('/data'), protectedNames: ['.git'] },
      ],
      deny: [],
      network: 'restricted',
      escalated: false,
    })
  })

  it('protects .git at every depth and in any case, but where a root at or below it lifts that (attack 81)', () => {
    const nested = ['/repo/a/.git', '/repo/a/b/.git/hooks/x', '/repo/.GIT/x', '/repo/sub/.Git/x'].map(path)
    const made = makeGrant(settings(WORKSPACE), NO_PERMISSIONS)
    expect(nested.map((each) => canWrite(made, each))).toEqual([false, false, false, false])
    expect(['/repo/.github/x', '/repo/a.git/x', '/tmp/new/.git/x'].map((each) => canWrite(made, path(each)))).toEqual([true, true, true])
    const lifted = makeGrant(settings(WORKSPACE), { ...NO_PERMISSIONS, write: [path('/repo/a/.git')] })
    expect(nested.map((each) => canWrite(lifted, each))).toEqual([true, false, false, false])
    const inTemporary = makeGrant(settings(WORKSPACE, { workspaceRoots: [path('/tmp/repo')] }), NO_PERMISSIONS)
    expect(canWrite(inTemporary, path('/tmp/repo/a/.git/config'))).toBe(false)
  })

  it('leaves the temporary directory out when there is none', () => {
    const made = makeGrant(settings(WORKSPACE, { tmpdir: null }), NO_PERMISSIONS)
    expect(made.write === 'all' ? null : made.write.map(({ root }) => root)).toEqual(['/repo', '/tmp', '/data'])
  })

  it('protects a workspace inside a writable place there too', () => {
    const made = makeGrant(settings(WORKSPACE, { cwd: path('/tmp/repo'), workspaceRoots: [path('/tmp/repo')] }), NO_PERMISSIONS)
    expect(made.write === 'all' ? null : made.write.find(({ root }) => root === '/tmp')?.readOnly).toEqual(protectedIn('/tmp/repo'))
    expect(canWrite(made, path('/tmp/repo/.git/hooks/x'))).toBe(false)
    expect(canWrite(made, path('/tmp/repo/a'))).toBe(true)
    expect(canWrite(made, path('/tmp/elsewhere/.git/config'))).toBe(true)
  })

  it.each<[string, FileSystemEntry[], string, boolean]>([
    ['a read entry inside a root', [entry('/repo', 'write'), entry('/repo/vendor', 'read')], '/repo/vendor/x', false],
    [
      'a write entry inside that',
      [entry('/repo', 'write'), entry('/repo/vendor', 'read'), entry('/repo/vendor/ours', 'write')],
      '/repo/vendor/ours/x',
      true,
    ],
    ['read and write on the same path', [entry('/repo', 'read'), entry('/repo', 'write')], '/repo/x', true],
    ['deny and write on the same path', [entry('/repo', 'write'), entry('/repo', 'deny')], '/repo/x', false],
    ['a deny inside a root', [entry('/repo', 'write'), entry('/repo/secrets', 'deny')], '/repo/secrets/x', false],
    ['a neighbour with the same beginning', [entry('/repo', 'write')], '/repository/x', false],
    ['a protected name', [entry('/repo', 'write')], '/repo/.codex/config.toml', false],
    ['the same name deeper down', [entry('/repo', 'write')], '/repo/sub/.codex/config.toml', true],
    ['a protected name that the profile opens', [entry('/repo', 'write'), entry('/repo/.git', 'write')], '/repo/.git/config', true],
    ['the root itself', [{ path: { type: 'special', value: { kind: 'root' } }, access: 'write' }], '/etc/passwd', true],
    [
      'a part of each workspace root',
      [{ path: { type: 'special', value: { kind: 'project_roots', subpath: 'docs' } }, access: 'write' }],
      '/repo/docs/x',
      true,
    ],
    [
      'the rest of it',
      [{ path: { type: 'special', value: { kind: 'project_roots', subpath: 'docs' } }, access: 'write' }],
      '/repo/x',
      false,
    ],
  ])('%s', (_case, made, file, expected) => {
    expect(canWrite(makeGrant(settings(entries(...made)), NO_PERMISSIONS), path(file))).toBe(expected)
  })

  it('what was given on top never opens what the profile denies', () => {
    const profile = entries(entry('/w', 'write'), entry('/w/secrets', 'deny'))
    const made = makeGrant(settings(profile), { network: null, read: [], write: [path('/w/secrets/key'), path('/other')] })
    expect(['/w/secrets/key', '/w/secrets', '/other/a'].map((each) => canWrite(made, path(each)))).toEqual([false, false, true])
    expect(made.write === 'all' ? [] : made.write.map(({ root }) => root)).toEqual(['/w', '/other'])
  })

  it('is widened by what was given for the turn', () => {
    const made = makeGrant(settings(WORKSPACE), { network: true, read: [], write: [path('/srv/www'), path('/repo/.git')] })
    expect(made.network).toBe('enabled')
    expect([canWrite(made, path('/srv/www/x')), canWrite(made, path('/repo/.git/x')), canWrite(made, path('/srv/www/.git/x'))]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('is not made for a profile that it cannot say', () => {
    const glob: FileSystemEntry = { path: { type: 'glob', pattern: '**/*.env' }, access: 'deny' }
    expect(findUnenforceable(settings(entries(glob)))).toBe('the pattern "**/*.env"')
    expect(
      findUnenforceable(
        settings({ type: 'managed', fileSystem: { type: 'restricted', entries: [entry('/repo', 'write')] }, network: 'restricted' }),
      ),
    ).toBe('reading that is limited to some directories')
    for (const profile of [WORKSPACE, entries(), { type: 'disabled' } as const, { type: 'external', network: 'enabled' } as const]) {
      expect(findUnenforceable(settings(profile))).toBeNull()
    }
  })
})

describe('more than a grant', () => {
  const turn = makeGrant(settings(WORKSPACE), NO_PERMISSIONS)

  it('escalation gives everything, and says so', () => {
    expect(escalate(turn)).toEqual({ ...FULL, escalated: true })
  })

  it('escalation keeps the sandbox where reading is denied', () => {
    const made = makeGrant(settings(entries(entry('/secrets', 'deny'))), NO_PERMISSIONS)
    expect(escalate(made)).toEqual({ ...FULL, enforcement: 'platform', deny: ['/secrets'], escalated: true })
  })

  it('an allowed path is allowed alone', () => {
    const made = allowPaths(turn, [path('/etc/hosts'), path('/repo/.git/config')])
    expect(made.escalated).toBe(true)
    expect(['/etc/hosts', '/repo/.git/config', '/etc/passwd', '/repo/.git/hooks/x'].map((file) => canWrite(made, path(file)))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(allowPaths(turn, [])).toBe(turn)
  })

  it('two grants together allow what either does', () => {
    expect(uniteGrants(turn, turn)).toEqual(turn)
    expect(uniteGrants(turn, escalate(turn))).toEqual(escalate(turn))
    expect(canWrite(uniteGrants(allowPaths(turn, [path('/a')]), allowPaths(turn, [path('/b')])), path('/b'))).toBe(true)
  })

  it('given permissions cover what is no more than they are', () => {
    const given = { network: true, read: [path('/r')], write: [path('/w')] }
    expect(covers(given, { network: true, read: [path('/w/a'), path('/r')], write: [path('/w/b')] })).toBe(true)
    expect(covers(given, { network: null, read: [], write: [path('/r/a')] })).toBe(false)
    expect(covers(NO_PERMISSIONS, { network: true, read: [], write: [] })).toBe(false)
  })
})
