import { access } from 'node:fs/promises'
import { type AbsolutePath, dirnamePath, joinPath, throwIfCancelled } from '@octavo/base'
import type { WorkspaceFacts } from '@octavo/extension-api'
import type { GitInfo } from '@octavo/protocol/rollout'
import { ChildEnvironment } from './environment.ts'

const timeLimitMs = 2000
const unattended: ReadonlyMap<string, string> = new Map([
  ['GIT_OPTIONAL_LOCKS', '0'],
  ['GIT_TERMINAL_PROMPT', '0'],
])

export interface LocalFactsOptions {
  /** The host's variables, given to git. */
  readonly environment: ReadonlyMap<string, string>
  /** Names git does not get: the keys of providers. */
  readonly strip: readonly string[]
}

/** Asks git about a directory. Runs nothing outside a repository, and nothing the repository brings along. */
export function createLocalFacts({ environment, strip }: LocalFactsOptions): WorkspaceFacts {
  const children = new ChildEnvironment(environment, strip)
  return {
    async git(cwd, signal) {
      throwIfCancelled(signal)
      if (!(await isInRepository(cwd))) return null
      const env = Object.fromEntries(children.with(unattended))
      const ask = (...args: readonly string[]): Promise<string | null> => askGit(args, cwd, env, signal)
      const [commit, branch, url] = await Promise.all([
        ask('rev-parse', '--verify', '--quiet', 'HEAD'),
        ask('symbolic-ref', '--quiet', '--short', 'HEAD'),
        ask('config', '--get', 'remote.origin.url'),
      ])
      throwIfCancelled(signal)
      const info: GitInfo = {
        ...(commit === null ? {} : { commit_hash: commit }),
        ...(branch === null ? {} : { branch }),
        ...(url === null ? {} : { repository_url: withoutCredentials(url) }),
      }
      return info
    },
  }
}

async function isInRepository(cwd: AbsolutePath): Promise<boolean> {
  for (let directory = cwd; ; directory = dirnamePath(directory)) {
    try {
      await access(joinPath(directory, '.git'))
      return true
    } catch {
      if (directory === dirnamePath(directory)) return false
    }
  }
}

/** The trimmed answer; null when there is none, git is missing, or it takes too long. */
function askGit(args: readonly string[], cwd: AbsolutePath, env: Record<string, string>, signal: AbortSignal): Promise<string | null> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
  return new Promise((resolve) => {
    execFile(
      'git',
      [...safe, ...args],
      { cwd, env, signal, timeout: timeLimitMs, maxBuffer: 64 * 1024, windowsHide: true },
      (error, stdout) => resolve(error === null && stdout.trim() !== '' ? stdout.trim() : null),
    )
  })
}

/** What is written into a thread's file is read by others. */
function withoutCredentials(url: string): string {
  return url.replace(/^(\w[\w+.-]*:\/\/)[^/@]*@/, (whole, scheme: string) => (scheme === 'ssh://' ? whole : scheme))
}
