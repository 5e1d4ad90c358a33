import type { ShellInfo } from './workspace.ts'

/** The argv by which a shell runs a script. */
export function shellArgv({ path, kind }: ShellInfo, script: string, login: boolean): readonly string[] {
  if (kind === 'powershell') return [path, ...(login ? [] : ['-NoProfile']), '-Command', script]
  if (kind === 'cmd') return [path, '/c', script]
  return [path, login ? '-lc' : '-c', script]
}
