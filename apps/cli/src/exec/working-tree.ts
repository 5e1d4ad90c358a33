import { plural } from '../render/diff-stat.ts'

const TIMEOUT_MS = 1000

/**
 * What git sees changed in the directory, in one line; null outside a repository, without git, or when nothing changed.
 * Counts what was there before as well: only git knows what commands changed, and it does not know when.
 */
export async function describeWorkingTree(cwd: string): Promise<string | null> {
  const [stat, status] = await Promise.all([git(cwd, ['diff', '--shortstat', 'HEAD']), git(cwd, ['status', '--porcelain'])])
  const untracked = (status ?? '').split('\n').filter((line) => line.startsWith('??')).length
  const parts = [(stat ?? '').trim(), untracked === 0 ? '' : `${plural(untracked, 'file', 'files')} untracked`].filter(
    (part) => part !== '',
  )
  return parts.length === 0 ? null : parts.join(', ')
}

/** Its output, null when it failed. */
async function git(cwd: string, args: readonly string[]): Promise<string | null> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  return await new Promise((resolve) => {
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' }
    execFile('git', [...args], { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 1 << 24 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    )
  })
}
