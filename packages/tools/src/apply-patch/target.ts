import type { AbsolutePath } from '@octavo/base'
import { basenamePath, dirnamePath, joinPath, OctavoError, throwIfCancelled } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'
import { PatchError } from './error.ts'
import type { UpdateHunk } from './patch.ts'
import type { ReplacedFile } from './replace.ts'
import { replaceChunks } from './replace.ts'
import { decodeUtf8 } from './utf8.ts'

/** Largest file that is read to be updated, in bytes. */
const MAX_FILE_BYTES = 128 * 1024 * 1024

/** The path of a hunk, seen from `cwd` and folded lexically. @throws PatchError `file_failed` for a NUL character */
export function resolvePath(cwd: AbsolutePath, path: string): AbsolutePath {
  if (path.includes('\0')) throw new PatchError('file_failed', `'${path}' is invalid on '${platformName()}'`)
  return joinPath(cwd, path)
}

/** A path that ends in a slash names a directory, even where none is; folding would turn it into a file. */
export function namesDirectory(path: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(path)
}

/** Reads a file and puts the chunks of an update in. @throws PatchError `file_failed`, `no_match`, `too_complex` */
export async function readUpdated(hunk: UpdateHunk, path: AbsolutePath, files: ReadOnlyFiles, signal: AbortSignal): Promise<ReplacedFile> {
  let content: string
  try {
    content = decodeUtf8(await files.read(path, { maxBytes: MAX_FILE_BYTES }))
  } catch (error) {
    throwIfCancelled(signal)
    throw failed(`Failed to read file to update ${path}: ${readProblem(error, path)}`, error)
  }
  throwIfCancelled(signal)
  return replaceChunks(content, hunk.chunks, path)
}

/** A deletion takes the file or link itself, but never a directory nor a link that leads to one or to nothing. */
export async function checkDeletable(path: AbsolutePath, files: ReadOnlyFiles, signal: AbortSignal): Promise<void> {
  let problem: unknown
  try {
    const stat = await files.stat(path)
    if (stat !== null && stat.kind !== 'directory') return
  } catch (error) {
    throwIfCancelled(signal)
    problem = error
  }
  throw failed(`Failed to delete file ${path}`, problem)
}

/**
 * True when writing `to` and removing `from` would lose the file: they are one name, or `to` is a link to `from`. A link `from` that
 * leads to `to` is no such case, since only the link goes.
 *
 * @throws PatchError `file_failed` when the places cannot be looked at
 */
export async function isMoveOntoItself(from: AbsolutePath, to: AbsolutePath, files: ReadOnlyFiles): Promise<boolean> {
  if (from === to) return true
  try {
    const removed = joinPath(await files.realPath(dirnamePath(from)), basenamePath(from))
    return removed === (await files.realPath(to))
  } catch (error) {
    throw failed(`Failed to write file ${to}`, error)
  }
}

export function failed(message: string, cause: unknown): PatchError {
  return new PatchError('file_failed', message, cause === undefined ? {} : { cause })
}

function readProblem(error: unknown, path: AbsolutePath): string {
  if (OctavoError.is(error)) {
    switch (error.code) {
      case 'not_found':
        return 'No such file or directory (os error 2)'
      case 'not_a_file':
        return `path \`${path}\` is not a file`
      case 'denied':
        return 'Permission denied (os error 13)'
    }
  }
  return (error as Error).message
}

function platformName(): string {
  return ({ darwin: 'macos', win32: 'windows' } as Readonly<Record<string, string>>)[process.platform] ?? process.platform
}
