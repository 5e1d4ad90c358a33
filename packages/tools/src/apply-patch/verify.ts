import type { AbsolutePath } from '@octavo/base'
import { throwIfCancelled } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'
import type { FileChange } from '@octavo/protocol'
import { PatchError } from './error.ts'
import type { Hunk, Patch } from './patch.ts'
import { checkDeletable, failed, isMoveOntoItself, namesDirectory, readUpdated, resolvePath } from './target.ts'
import { unifiedDiff } from './unified-diff.ts'
import { decodeUtf8 } from './utf8.ts'

/** Most of a deleted file that is shown, in bytes; of a larger one, or one that is no text, nothing is. */
const MAX_DELETED_BYTES = 1024 * 1024

export interface VerifiedPatch {
  /** By absolute path of the file as it is now, in patch order. */
  readonly changes: Readonly<Record<string, FileChange>>
  /** Every path that will be written or removed: sources of moves and their destinations. Unique, in patch order. */
  readonly paths: readonly AbsolutePath[]
}

export interface VerifyOptions {
  /** Relative paths start here. */
  readonly cwd: AbsolutePath
  readonly files: ReadOnlyFiles
  readonly signal: AbortSignal
}

/**
 * Compares a whole patch with the disk before anybody is asked about it: files are there, chunks are found, and no two hunks are after
 * the same file. Changes nothing.
 *
 * @throws PatchError with the text for the model; CancelledError
 */
export async function verifyPatch(patch: Patch, options: VerifyOptions): Promise<VerifiedPatch> {
  const targets = targetsOf(patch, options.cwd)
  const changes: [string, FileChange][] = []
  for (const target of targets) {
    throwIfCancelled(options.signal)
    changes.push([target.path, await describeChange(target, options)])
  }
  const paths = targets.flatMap(({ path, destination }) => (destination === null ? [path] : [path, destination]))
  return { changes: Object.fromEntries(changes), paths: [...new Set(paths)] }
}

interface Target {
  readonly hunk: Hunk
  readonly path: AbsolutePath
  /** Null when the file stays where it is. */
  readonly destination: AbsolutePath | null
}

function targetsOf(patch: Patch, cwd: AbsolutePath): readonly Target[] {
  const targets = patch.hunks.map((hunk): Target => {
    const path = resolvePath(cwd, hunk.path)
    const destination = hunk.kind === 'update' && hunk.movePath !== null ? resolvePath(cwd, hunk.movePath) : null
    return { hunk, path, destination: destination === path ? null : destination }
  })
  refuseDuplicates(targets)
  return targets
}

/** One hunk for a file. Only a name that an earlier hunk gave up may be taken by a later move. */
function refuseDuplicates(targets: readonly Target[]): void {
  const taken = new Map<AbsolutePath, 'kept' | 'vacated'>()
  for (const { hunk, path, destination } of targets) {
    if (taken.has(path)) throw duplicate(path)
    taken.set(path, hunk.kind === 'delete' || destination !== null ? 'vacated' : 'kept')
    if (destination === null) continue
    if (taken.get(destination) === 'kept') throw duplicate(destination)
    taken.set(destination, 'kept')
  }
}

function duplicate(path: AbsolutePath): PatchError {
  return new PatchError('invalid_patch', `multiple operations target ${path}`)
}

async function describeChange({ hunk, path, destination }: Target, { files, signal }: VerifyOptions): Promise<FileChange> {
  if (hunk.kind === 'add') return { type: 'add', content: hunk.content }
  if (hunk.kind === 'delete') {
    if (namesDirectory(hunk.path)) throw failed(`Failed to delete file ${path}`, undefined)
    await checkDeletable(path, files, signal)
    return { type: 'delete', content: await deletedContent(path, files, signal) }
  }
  if (namesDirectory(hunk.path)) throw failed(`Failed to read file to update ${path}: path \`${path}\` is not a file`, undefined)
  const replaced = await readUpdated(hunk, path, files, signal)
  const stays = destination === null || (await isMoveOntoItself(path, destination, files))
  return { type: 'update', unifiedDiff: await unifiedDiff(replaced), movePath: stays ? null : destination }
}

async function deletedContent(path: AbsolutePath, files: ReadOnlyFiles, signal: AbortSignal): Promise<string> {
  try {
    return decodeUtf8(await files.read(path, { maxBytes: MAX_DELETED_BYTES }))
  } catch {
    // Only shown: a binary file, a device or a large one can be deleted without being read.
    throwIfCancelled(signal)
    return ''
  }
}
