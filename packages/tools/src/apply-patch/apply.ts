import type { AbsolutePath } from '@octavo/base'
import { dirnamePath, OctavoError, throwIfCancelled } from '@octavo/base'
import type { FileSystem } from '@octavo/extension-api'
import { isPatchError } from './error.ts'
import type { PatchError } from './error.ts'
import type { Hunk, Patch, UpdateHunk } from './patch.ts'
import { checkDeletable, failed, isMoveOntoItself, namesDirectory, readUpdated, resolvePath } from './target.ts'

/** One hunk that is done. */
export interface AppliedHunk {
  readonly kind: 'added' | 'modified' | 'deleted'
  /** As the patch spells it; the destination of a move. */
  readonly shown: string
  readonly path: AbsolutePath
  /** Where a moved file was; null when it was not moved. */
  readonly movedFrom: AbsolutePath | null
}

export interface ApplyResult {
  /** Hunks done, in patch order. They stay done when a later one fails. */
  readonly applied: readonly AppliedHunk[]
  /** Why it stopped; null when every hunk is done. */
  readonly failure: PatchError | null
  /** False when the failing hunk may have changed something: a write that broke off, a move that left its source. */
  readonly exact: boolean
}

export interface ApplyOptions {
  /** Relative paths start here. */
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  readonly signal: AbortSignal
  /** Hunks to pass over, done by an earlier attempt. Default 0. */
  readonly skip?: number
}

/**
 * Does the hunks of a patch strictly in order, and stops at the first that fails. Nothing is compared beforehand and nothing is undone.
 *
 * @throws CancelledError between two hunks; whatever else goes wrong with a file is in the result
 */
export async function applyPatch(patch: Patch, options: ApplyOptions): Promise<ApplyResult> {
  const applied: AppliedHunk[] = []
  const step: Step = { ...options, touched: false }
  for (const hunk of patch.hunks.slice(options.skip ?? 0)) {
    throwIfCancelled(options.signal)
    step.touched = false
    try {
      applied.push(await applyHunk(hunk, step))
    } catch (error) {
      throwIfCancelled(options.signal)
      if (!isPatchError(error)) throw error
      return { applied, failure: error, exact: !step.touched }
    }
  }
  return { applied, failure: null, exact: true }
}

interface Step extends ApplyOptions {
  /** True from the moment this hunk has begun to change something. */
  touched: boolean
}

function applyHunk(hunk: Hunk, step: Step): Promise<AppliedHunk> {
  switch (hunk.kind) {
    case 'add':
      return addFile(hunk.path, hunk.content, step)
    case 'delete':
      return deleteFile(hunk.path, step)
    case 'update':
      return updateFile(hunk, step)
  }
}

async function addFile(shown: string, content: string, step: Step): Promise<AppliedHunk> {
  const path = resolvePath(step.cwd, shown)
  await write(shown, path, content, step)
  return { kind: 'added', shown, path, movedFrom: null }
}

async function deleteFile(shown: string, step: Step): Promise<AppliedHunk> {
  const path = resolvePath(step.cwd, shown)
  if (namesDirectory(shown)) throw failed(`Failed to delete file ${path}`, undefined)
  await checkDeletable(path, step.files, step.signal)
  await remove(path, `Failed to delete file ${path}`, step)
  return { kind: 'deleted', shown, path, movedFrom: null }
}

async function updateFile(hunk: UpdateHunk, step: Step): Promise<AppliedHunk> {
  const { files, signal } = step
  const path = resolvePath(step.cwd, hunk.path)
  if (namesDirectory(hunk.path)) throw failed(`Failed to read file to update ${path}: path \`${path}\` is not a file`, undefined)
  const { content } = await readUpdated(hunk, path, files, signal)
  const shown = hunk.movePath ?? hunk.path
  const destination = resolvePath(step.cwd, shown)
  if (hunk.movePath === null || (await isMoveOntoItself(path, destination, files))) {
    await write(shown, destination, content, step)
    return { kind: 'modified', shown, path: destination, movedFrom: null }
  }
  await write(shown, destination, content, step)
  await remove(path, `Failed to remove original ${path}`, step)
  return { kind: 'modified', shown, path: destination, movedFrom: path }
}

async function write(shown: string, path: AbsolutePath, content: string, step: Step): Promise<void> {
  const message = `Failed to write file ${path}`
  if (namesDirectory(shown)) throw failed(message, undefined)
  const wasTouched = step.touched
  step.touched = true
  try {
    await step.files.write(path, new TextEncoder().encode(content), { createParents: true })
  } catch (error) {
    throwIfCancelled(step.signal)
    const isDenied = OctavoError.is(error) && error.code === 'denied'
    // What was refused has not begun.
    if (isDenied) step.touched = wasTouched
    const lacksParent = !isDenied && (await step.files.stat(dirnamePath(path)).catch(() => null)) === null
    throw failed(lacksParent ? `Failed to create parent directories for ${path}` : message, error)
  }
}

async function remove(path: AbsolutePath, message: string, step: Step): Promise<void> {
  try {
    await step.files.remove(path)
  } catch (error) {
    throwIfCancelled(step.signal)
    throw failed(message, error)
  }
}
