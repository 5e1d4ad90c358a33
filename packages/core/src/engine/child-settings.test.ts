import { AbsolutePath, OctavoError } from '@octavo/base'
import { PLAIN_SETTINGS, profileOfSandboxPolicy } from '@octavo/protocol'
import type { ApprovalPolicy, FileSystemEntry, GranularApproval, PermissionProfile, ThreadSettings } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { childSettings } from './child-settings.ts'
import { isWithin } from './narrow-permissions.ts'
import type { BoundProfile } from './narrow-permissions.ts'

const path = AbsolutePath.from
const REPO = path('/repo')
const TMP = path('/var/tmp/me')
const READ_ONLY = profileOfSandboxPolicy({ type: 'read-only', networkAccess: false })
const WORKSPACE = workspace(false)
const READ: FileSystemEntry = { path: { type: 'special', value: { kind: 'root' } }, access: 'read' }

function workspace(networkAccess: boolean, writableRoots: readonly AbsolutePath[] = []): PermissionProfile {
  return profileOfSandboxPolicy({ type: 'workspace-write', writableRoots, networkAccess, excludeTmpdirEnvVar: true, excludeSlashTmp: true })
}

function entries(...made: readonly (readonly [text: string, access: FileSystemEntry['access']])[]): PermissionProfile {
  const named = made.map(([text, access]): FileSystemEntry => ({ path: { type: 'path', path: path(text) }, access }))
  return { type: 'managed', fileSystem: { type: 'restricted', entries: [READ, ...named] }, network: 'restricted' }
}

function glob(pattern: string, access: FileSystemEntry['access']): PermissionProfile {
  const made: FileSystemEntry = { path: { type: 'glob', pattern }, access }
  return { type: 'managed', fileSystem: { type: 'restricted', entries: [READ, made] }, network: 'restricted' }
}

const UNRESTRICTED: PermissionProfile = { type: 'managed', fileSystem: { type: 'unrestricted' }, network: 'enabled' }
const EXTERNAL: PermissionProfile = { type: 'external', network: 'restricted' }
const DISABLED: PermissionProfile = { type: 'disabled' }

function bound(profile: PermissionProfile, root: string): BoundProfile {
  return { profile, workspaceRoots: [path(root)] }
}

describe('permissions of a delegate', () => {
  it.each<[string, PermissionProfile, PermissionProfile, boolean]>([
    ['the same', WORKSPACE, WORKSPACE, true],
    ['reading only, next to a workspace', READ_ONLY, WORKSPACE, true],
    ['a workspace, next to reading only', WORKSPACE, READ_ONLY, false],
    ['a network that the parent lacks', workspace(true), WORKSPACE, false],
    ['no network, where the parent has it', WORKSPACE, workspace(true), true],
    ['one more directory', workspace(false, [path('/srv')]), WORKSPACE, false],
    ['a part of the parent’s directory', entries(['/srv/www', 'write']), workspace(false, [path('/srv')]), true],
    ['a neighbour with the same beginning', entries(['/srv2', 'write']), workspace(false, [path('/srv')]), false],
    ['a protected name opened', entries(['/repo', 'write'], ['/repo/.git', 'write']), WORKSPACE, false],
    ['what the parent may not read', READ_ONLY, entries(['/secret', 'deny']), false],
    ['the same with that kept', entries(['/secret', 'deny']), entries(['/secret', 'deny']), true],
    ['a hole in what the parent may write', entries(['/repo', 'write'], ['/repo/a', 'read']), WORKSPACE, true],
    ['a hole of the parent’s filled', entries(['/repo', 'write']), entries(['/repo', 'write'], ['/repo/a', 'deny']), false],
    ['a denied pattern left out', READ_ONLY, glob('**/*.key', 'deny'), false],
    ['a denied pattern kept', glob('**/*.key', 'deny'), glob('**/*.key', 'deny'), true],
    ['a pattern that writes', glob('**/*.md', 'write'), READ_ONLY, false],
    ['everything, in a sandbox', UNRESTRICTED, WORKSPACE, false],
    ['a workspace, next to everything', workspace(true), UNRESTRICTED, true],
    ['no sandbox, next to everything in one', DISABLED, UNRESTRICTED, false],
    ['anything, next to no sandbox', UNRESTRICTED, DISABLED, true],
    ['a sandbox inside somebody else’s', READ_ONLY, EXTERNAL, true],
    ['somebody else’s, next to a sandbox', EXTERNAL, WORKSPACE, false],
    ['no sandbox, next to somebody else’s', DISABLED, EXTERNAL, false],
  ])('%s', (_case, inner, outer, expected) => {
    expect(isWithin(bound(inner, '/repo'), bound(outer, '/repo'), TMP)).toBe(expected)
  })

  it('are bound to its own directories, which may not lie outside', () => {
    expect(isWithin(bound(WORKSPACE, '/repo/packages'), bound(WORKSPACE, '/repo'), null)).toBe(true)
    expect(isWithin(bound(WORKSPACE, '/elsewhere'), bound(WORKSPACE, '/repo'), null)).toBe(false)
    expect(isWithin(bound(WORKSPACE, '/repo/.git'), bound(WORKSPACE, '/repo'), null)).toBe(false)
  })
})

describe('the approval policy of a delegate', () => {
  const all: GranularApproval = { sandboxApproval: true, rules: true, skillApproval: true, requestPermissions: true, mcpElicitations: true }
  const some: ApprovalPolicy = { granular: { ...all, rules: false } }

  it.each<[ApprovalPolicy, ApprovalPolicy, PermissionProfile, boolean]>([
    ['on-request', 'on-request', WORKSPACE, true],
    ['untrusted', 'on-request', WORKSPACE, true],
    ['never', 'on-request', WORKSPACE, true],
    ['on-request', 'untrusted', WORKSPACE, false],
    ['never', 'untrusted', WORKSPACE, false],
    ['never', 'untrusted', READ_ONLY, true],
    ['on-request', 'never', WORKSPACE, false],
    ['untrusted', 'never', WORKSPACE, false],
    [some, { granular: all }, WORKSPACE, true],
    [{ granular: all }, some, WORKSPACE, false],
    ['never', some, WORKSPACE, true],
    ['on-request', some, WORKSPACE, false],
    [some, 'on-request', WORKSPACE, false],
  ])('%j under %j', (approvalPolicy, above, permissions, allowed) => {
    const parent: ThreadSettings = {
      provider: 'p',
      model: 'm',
      effort: null,
      summary: null,
      verbosity: null,
      serviceTier: null,
      approvalPolicy: above,
      permissions: WORKSPACE,
      cwd: REPO,
      workspaceRoots: [REPO],
      ...PLAIN_SETTINGS,
    }
    const attempt = (): string => {
      try {
        childSettings(parent, { settings: { approvalPolicy }, permissions }, null)
        return 'allowed'
      } catch (error) {
        return OctavoError.is(error) ? error.code : String(error)
      }
    }
    expect(attempt()).toBe(allowed ? 'allowed' : 'wider_approval')
  })
})
