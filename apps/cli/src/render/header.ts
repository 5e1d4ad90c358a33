import type { PermissionProfile, ThreadSnapshot } from 'octavo'
import { printable, type Style } from './style.ts'

export interface HeaderOptions {
  readonly version: string
  readonly style: Style
  /** Told of the sandbox instead of what the permissions of the thread say. */
  readonly sandbox?: string
}

/** The block that opens a run: what will be done where, under which permissions. */
export function describeHeader(snapshot: ThreadSnapshot, { version, style, sandbox }: HeaderOptions): readonly string[] {
  const { settings } = snapshot
  const approval = typeof settings.approvalPolicy === 'string' ? settings.approvalPolicy : 'granular'
  const rows: readonly (readonly [string, string])[] = [
    ['workdir', settings.cwd],
    ['model', settings.model],
    ['provider', settings.provider],
    ['approval', approval],
    ['sandbox', sandbox ?? describePermissions(settings.permissions, settings.workspaceRoots.slice(1))],
    ['reasoning effort', settings.effort ?? 'default'],
    ['reasoning summaries', settings.summary ?? 'auto'],
    ['session id', snapshot.threadId],
  ]
  return [
    style.bold(`octavo v${version}`),
    '--------',
    ...rows.map(([name, value]) => `${style.bold(`${name}:`)} ${printable(value)}`),
    '--------',
  ]
}

/** One line for a permission profile, with what may be written. */
export function describePermissions(profile: PermissionProfile, addedRoots: readonly string[]): string {
  if (profile.type === 'disabled') return 'danger-full-access'
  const network = profile.type === 'external' || profile.network === 'enabled' ? profile.network : 'restricted'
  const suffix = network === 'enabled' ? ' (network access)' : ''
  if (profile.type === 'external') return `external: this process is confined by somebody else${suffix}`
  if (profile.fileSystem.type === 'unrestricted') return `unrestricted files${suffix}`
  const writable = profile.fileSystem.entries.flatMap(({ path, access }) => {
    if (access !== 'write') return []
    if (path.type === 'path') return [path.path]
    if (path.type === 'glob') return [path.pattern]
    return { project_roots: ['workdir', ...addedRoots], slash_tmp: ['/tmp'], tmpdir: ['$TMPDIR'], root: ['/'], minimal: [] }[
      path.value.kind
    ]
  })
  return writable.length === 0 ? `read-only${suffix}` : `workspace-write [${writable.join(', ')}]${suffix}`
}
