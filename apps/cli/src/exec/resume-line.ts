import { formatCommandLine, type ThreadId } from 'octavo'
import type { ExecArguments } from '../arguments/exec.ts'
import { launcher } from '../launcher.ts'

type Given = Pick<
  ExecArguments,
  'overrides' | 'profile' | 'sandbox' | 'bypass' | 'cwd' | 'addDirs' | 'skipGitRepoCheck' | 'ignoreUserConfig'
>

/**
 * What to type to go on with a thread in the same way. A thread brings its model along; where it works and what it may do is decided
 * anew each time, so what decided it now is said again. `roots` are the directories it worked in, the working directory first.
 */
export function resumeLine(id: ThreadId, given: Given, roots: readonly string[], program: string = launcher()): string {
  const options = [
    ...(given.cwd === null ? [] : ['-C', roots[0] ?? '.']),
    ...(given.sandbox === null ? [] : ['-s', given.sandbox]),
    ...(given.bypass ? ['--dangerously-bypass-approvals-and-sandbox'] : []),
    ...(given.profile === null ? [] : ['-p', given.profile]),
    ...(given.ignoreUserConfig ? ['--ignore-user-config'] : []),
    ...(given.skipGitRepoCheck ? ['--skip-git-repo-check'] : []),
    ...(given.addDirs.length === 0 ? [] : roots.slice(1).flatMap((dir) => ['--add-dir', dir])),
    ...given.overrides.flatMap((override) => ['-c', withoutSecret(override)]),
  ]
  const words = formatCommandLine(['exec', ...options, 'resume', id])
  return `${program} ${words} "…"`
}

/** Output is kept in logs: a value that may be a secret is left to be filled in. */
function withoutSecret(override: string): string {
  if (!/token|secret|password|http_headers|query_params/i.test(override)) return override
  return `${override.slice(0, override.indexOf('='))}=…`
}
