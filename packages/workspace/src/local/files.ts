import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, readlink, realpath, unlink } from 'node:fs/promises'
import { AbsolutePath, basenamePath, dirnamePath, joinPath } from '@octavo/base'
import type { FileStat, FileSystem } from '@octavo/extension-api'
import type { Access } from '../access.ts'
import { FileError, type FileErrorCode } from '../file-error.ts'
import { findAgain, hasDescriptorPaths, holdDirectory, holdParent, makeDirectories } from './held-directory.ts'

/** The files of this machine, as far as `access` goes. */
export function createLocalFiles(access: Access): FileSystem {
  return new LocalFiles(access)
}

class LocalFiles implements FileSystem {
  readonly #access: Access

  constructor(access: Access) {
    this.#access = access
  }

  read(path: AbsolutePath, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    return attempt('read', path, async () => {
      const real = await resolvePath(path)
      await using place = await this.#reach('requireRead', path, real)
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
      await using file = await open(place.entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      if (!(await file.stat()).isFile()) throw notAFile('read', path)
      await place.confirm(file)
      return await readAll(file, path, options.maxBytes ?? Infinity)
    })
  }

  async stat(path: AbsolutePath): Promise<FileStat | null> {
    try {
      return await attempt('look at', path, async () => {
        await using place = await this.#reach('requireRead', path, await resolvePath(path))
        const found = await lstat(place.entry)
        const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other'
        return { kind, size: found.size, modifiedAt: found.mtimeMs }
      })
    } catch (error) {
      if (error instanceof FileError && error.code === 'not_found') return null
      throw error
    }
  }

  list(path: AbsolutePath): Promise<readonly string[]> {
    return attempt('list', path, async () => {
      const real = await resolvePath(path)
      await this.#access.requireRead(path, real)
      await using directory = await holdDirectory(real)
      await this.#requireHere('requireRead', path, real, directory.path)
      return (await readdir(directory.at('.'))).toSorted()
    })
  }

  realPath(path: AbsolutePath): Promise<AbsolutePath> {
    return attempt('resolve', path, () => resolvePath(path))
  }

  write(path: AbsolutePath, bytes: Uint8Array, options: { readonly createParents?: boolean } = {}): Promise<void> {
    return attempt('write', path, async () => {
      const real = await resolvePath(path)
      await using place = await this.#reach('requireWrite', path, real, options.createParents)
      await using file = await openForWrite(path, place)
      await file.writeFile(bytes)
    })
  }

  remove(path: AbsolutePath): Promise<void> {
    return attempt('remove', path, async () => {
      // The link itself goes, so only what leads to it is resolved.
      const entry = joinPath(await resolvePath(dirnamePath(path)), basenamePath(path))
      await using place = await this.#reach('requireWrite', path, entry)
      if ((await lstat(place.entry)).isDirectory()) throw notAFile('remove', path)
      await unlink(place.entry)
    })
  }

  /**
   * The one way to what a path leads to: held against the grant, then gone to through a directory that is held, so that a link put on
   * the way meanwhile leads to nothing the grant does not allow. What is missing on the way is made only there.
   */
  async #reach(use: keyof Access, path: AbsolutePath, real: AbsolutePath, createParents: boolean = false): Promise<Place> {
    await this.#access[use](path, real)
    const { directory: nearest, missing } = await holdParent(real, createParents)
    let directory = nearest
    try {
      const name = basenamePath(real)
      await this.#requireHere(use, path, real, joinPath(directory.path, [...missing, name].join('/')))
      directory = await makeDirectories(directory, missing)
      await this.#requireHere(use, path, real, joinPath(directory.path, name))
      return {
        entry: directory.at(name),
        confirm: async (file) => {
          if (!hasDescriptorPaths()) await this.#requireHere(use, path, real, await findAgain(file, real))
        },
        [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
      }
    } catch (error) {
      await directory[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Asks again where a path came out elsewhere than was allowed. */
  async #requireHere(use: keyof Access, path: AbsolutePath, allowed: AbsolutePath, here: AbsolutePath): Promise<void> {
    if (here !== allowed) await this.#access[use](path, here)
  }
}

interface Place extends AsyncDisposable {
  /** A path for the system; not to be followed when a link stands there. */
  readonly entry: string
  /** To be called before an opened file is used. @throws FileError `denied` when it is not where the grant allows */
  confirm(file: FileHandle): Promise<void>
}

/** A file open for writing and emptied: the one it was, with its mode, owner and other names, and no link put there meanwhile. */
async function openForWrite(path: AbsolutePath, place: Place): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  // Without O_NONBLOCK a pipe nobody reads would hold us up; with it, opening one is an error.
  const file = await open(place.entry, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o666)
  try {
    if (!(await file.stat()).isFile()) throw notAFile('write', path)
    await place.confirm(file)
    await file.truncate()
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readAll(file: FileHandle, path: AbsolutePath, maxBytes: number): Promise<Uint8Array> {
  const { size } = await file.stat()
  const tooLarge = (): FileError => new FileError('too_large', `cannot read ${path}: it is larger than ${maxBytes} bytes`, path)
  if (size > maxBytes) throw tooLarge()
  if (maxBytes === Infinity) return await file.readFile()
  // A file may grow, and some tell no size; one byte more than allowed shows it.
  const chunks: Uint8Array[] = []
  let length = 0
  while (length <= maxBytes) {
    const chunk = new Uint8Array(Math.min(maxBytes + 1 - length, Math.max(size - length, 0) + smallestRead))
    const { bytesRead } = await file.read(chunk)
    if (bytesRead === 0) return concat(chunks, length)
    chunks.push(chunk.subarray(0, bytesRead))
    length += bytesRead
  }
  throw tooLarge()
}

const smallestRead = 4096

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const longestLinkChain = 40

/** Every link resolved, also one that leads to nothing; missing last components are kept. */
async function resolvePath(path: AbsolutePath, linksLeft: number = longestLinkChain): Promise<AbsolutePath> {
  try {
    return AbsolutePath.from(await realpath(path))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || path === dirnamePath(path) || linksLeft === 0) throw error
  }
  const here = joinPath(await resolvePath(dirnamePath(path), linksLeft), basenamePath(path))
  const target = await readLink(here)
  return target === null ? here : await resolvePath(joinPath(dirnamePath(here), target), linksLeft - 1)
}

async function readLink(path: AbsolutePath): Promise<string | null> {
  try {
    return await readlink(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return null
    throw error
  }
}

const causes: Readonly<Record<string, readonly [FileErrorCode, string]>> = {
  ENOENT: ['not_found', 'there is no such file or directory'],
  ENOTDIR: ['not_found', 'a file stands where a directory should be'],
  EISDIR: ['not_a_file', 'it is a directory'],
  ENXIO: ['not_a_file', 'it is not a regular file'],
  EEXIST: ['io', 'a file stands where a directory should be'],
  EACCES: ['denied', 'the system does not permit it'],
  EPERM: ['denied', 'the system does not permit it'],
  EROFS: ['denied', 'the file system is read-only'],
  ETXTBSY: ['io', 'the program is running'],
  ELOOP: ['io', 'its links lead in a circle, or were changed meanwhile'],
  ENOSPC: ['io', 'the disk is full'],
  EDQUOT: ['io', 'the disk quota is used up'],
  ENAMETOOLONG: ['io', 'the name is too long'],
  EMFILE: ['io', 'too many files are open'],
}

async function attempt<T>(verb: string, path: AbsolutePath, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof FileError) throw error
    const systemCode = errorCode(error)
    const [code, reason] = causes[systemCode] ?? [
      'io',
      systemCode === '' ? 'the system reports an error' : `the system reports ${systemCode}`,
    ]
    throw new FileError(code, `cannot ${verb} ${path}: ${reason}`, path, error)
  }
}

function notAFile(verb: string, path: AbsolutePath): FileError {
  return new FileError('not_a_file', `cannot ${verb} ${path}: it is not a regular file`, path)
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? ''
}
