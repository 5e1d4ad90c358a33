import { type AbsolutePath, systemClock } from 'octavo'
import { type AskGit, repositoryFilters } from 'octavo/local'
import { plural } from '../render/diff-stat.ts'

const TIMEOUT_MS = 1000
/** Nothing that is configured is run, and other repositories inside are only compared by their commit. */
const UNASSISTED = ['--ignore-submodules=dirty']

/**
 * What git sees changed in the directory, in one line; null outside a repository, without git, or when nothing changed.
 * Counts what was there before as well: only git knows what commands changed, and it does not know when.
 */
export async function describeWorkingTree(git: AskGit, cwd: AbsolutePath): Promise<string | null> {
  const [limit, done] = [new AbortController(), new AbortController()]
  systemClock.sleep(TIMEOUT_MS, done.signal).then(
    () => limit.abort(),
    () => {},
  ) // rejects only when the answer was there first
  try {
    const filters = await repositoryFilters(git, cwd, limit.signal)
    if (filters === null) return null
    const [stat, status] = await Promise.all([
      git(cwd, [...filters, 'diff', '--no-ext-diff', '--no-textconv', ...UNASSISTED, '--shortstat', 'HEAD'], limit.signal),
      git(cwd, [...filters, 'status', ...UNASSISTED, '--porcelain'], limit.signal),
    ])
    const untracked = (status ?? '').split('\n').filter((line) => line.startsWith('??')).length
    const parts = [(stat ?? '').trim(), untracked === 0 ? '' : `${plural(untracked, 'file', 'files')} untracked`]
    return parts.filter((part) => part !== '').join(', ') || null
  } catch (error) {
    if (limit.signal.aborted) return null // git takes too long to be worth a line
    throw error
  } finally {
    done.abort('done') // without a reason an error would be made for nobody
  }
}
