import { throwIfCancelled } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { ChildEnvironment } from './environment.ts'

const timeLimitMs = 2000
const maxOutputBytes = 16 * 1024 * 1024
const unattended: ReadonlyMap<string, string> = new Map([
  ['GIT_OPTIONAL_LOCKS', '0'],
  ['GIT_TERMINAL_PROMPT', '0'],
])
const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']

export interface GitOptions {
  /** The host's variables, given to git. */
  readonly environment: ReadonlyMap<string, string>
  /** Names git does not get: the keys of providers. */
  readonly strip: readonly string[]
}

/** Its output; null when git is missing, ended with an error, or takes more than two seconds. @throws CancelledError when the signal aborts */
export type AskGit = (cwd: AbsolutePath, args: readonly string[], signal: AbortSignal) => Promise<string | null>

/**
 * Asks git for what it knows. The repository runs no hook and no file monitor meanwhile, git takes no lock it can do without, and the
 * keys of providers are not in its environment. For subcommands that only read; those that look into files may still run what
 * {@link repositoryFilters} names.
 */
export function createGit({ environment, strip }: GitOptions): AskGit {
  const env = Object.fromEntries(new ChildEnvironment(environment, strip).with(unattended))
  return async (cwd, args, signal) => {
    throwIfCancelled(signal)
    const { execFile } = process.getBuiltinModule('node:child_process')
    const told = await new Promise<string | null>((resolve) => {
      execFile(
        'git',
        [...safe, ...args],
        { cwd, env, signal, timeout: timeLimitMs, maxBuffer: maxOutputBytes, windowsHide: true },
        (error, stdout) => resolve(error === null ? stdout : null),
      )
    })
    throwIfCancelled(signal)
    return told
  }
}

/**
 * Options that turn off the filter programs a repository configures for itself; those of the user's own configuration stay.
 * They go before the subcommand. Null when git did not tell: then it should not be let into the files either.
 */
export async function repositoryFilters(git: AskGit, cwd: AbsolutePath, signal: AbortSignal): Promise<readonly string[] | null> {
  const told = await git(cwd, ['config', '--null', '--list', '--show-scope', '--name-only'], signal)
  if (told === null) return null
  const words = told.split('\0')
  const drivers = new Set<string>()
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [scope, name = ''] = [words[index], words[index + 1]]
    const driver = /^filter\.(.+)\.(?:clean|smudge|process)$/s.exec(name)?.[1]
    if (driver !== undefined && (scope === 'local' || scope === 'worktree')) drivers.add(driver)
  }
  return [...drivers].flatMap((driver) => [
    ...['clean', 'smudge', 'process'].flatMap((what) => ['-c', `filter.${driver}.${what}=`]),
    '-c',
    `filter.${driver}.required=false`,
  ])
}
