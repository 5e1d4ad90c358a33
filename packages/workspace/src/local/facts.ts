import { access } from 'node:fs/promises'
import { type AbsolutePath, dirnamePath, joinPath, throwIfCancelled } from '@octavo/base'
import type { WorkspaceFacts } from '@octavo/extension-api'
import type { GitInfo } from '@octavo/protocol/rollout'
import { createGit, type GitOptions } from './git.ts'

export type LocalFactsOptions = GitOptions

/** Asks git about a directory. Runs nothing outside a repository, and nothing the repository brings along. */
export function createLocalFacts(options: LocalFactsOptions): WorkspaceFacts {
  const git = createGit(options)
  return {
    async git(cwd, signal) {
      throwIfCancelled(signal)
      if (!(await isInRepository(cwd))) return null
      const ask = async (...args: readonly string[]): Promise<string | null> => (await git(cwd, args, signal))?.trim() || null
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

/** What is written into a thread's file is read by others. */
function withoutCredentials(url: string): string {
  return url.replace(/^(\w[\w+.-]*:\/\/)[^/@]*@/, (whole, scheme: string) => (scheme === 'ssh://' ? whole : scheme))
}
