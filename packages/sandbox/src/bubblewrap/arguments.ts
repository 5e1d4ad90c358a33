import type { AbsolutePath } from '@octavo/base'
import type { Mount, MountPlan } from './mounts.ts'

export interface WrapOptions {
  readonly plan: MountPlan
  /** Resolved. */
  readonly cwd: AbsolutePath
  readonly hasNetwork: boolean
  /** Leaves the command in the session of its terminal. */
  readonly terminal: boolean
  /** Where bubblewrap writes the process id of the sandbox; null for nowhere. */
  readonly reportFd: number | null
  /** Where bubblewrap reads the filter of system calls. */
  readonly filterFd: number
}

/**
 * The arguments of `bwrap` up to and including `--`.
 *
 * Capabilities are dropped since root keeps them otherwise, and could mount what is read-only writable again. Everything of `/dev` but
 * the harmless devices is out of reach, and so are the host's processes.
 */
export function wrapArguments({ plan, cwd, hasNetwork, terminal, reportFd, filterFd }: WrapOptions): readonly string[] {
  return [
    ...(terminal ? [] : ['--new-session']),
    '--die-with-parent',
    ...['--cap-drop', 'ALL'],
    ...[plan.writesAll ? '--bind' : '--ro-bind', '/', '/'],
    ...['--dev', '/dev'],
    ...(plan.writesAll ? ['--bind-try', '/dev/shm', '/dev/shm'] : []),
    ...plan.mounts.flatMap(mountArguments),
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', ...(hasNetwork ? [] : ['--unshare-net'])],
    ...['--proc', '/proc'],
    ...['--chdir', cwd],
    ...(reportFd === null ? [] : ['--info-fd', String(reportFd)]),
    ...['--seccomp', String(filterFd)],
    '--',
  ]
}

function mountArguments({ path, access }: Mount): readonly string[] {
  switch (access) {
    case 'write':
      return ['--bind', path, path]
    case 'read':
      return ['--ro-bind', path, path]
    case 'denyDirectory':
      return ['--perms', '000', '--tmpfs', path, '--remount-ro', path]
    case 'denyFile':
      // Devices cannot be opened on this mount, so reading gives an error rather than nothing.
      return ['--ro-bind', '/dev/null', path]
  }
}
