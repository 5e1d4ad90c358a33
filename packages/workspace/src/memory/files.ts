import { dirnamePath, isInside, OctavoError } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { FileStat, FileSystem, SandboxGrant } from '@octavo/extension-api'
import { deniedError, mayRead, mayWrite } from '../grant-check.ts'

interface MemoryFile {
  readonly bytes: Uint8Array
  readonly modifiedAt: number
}

/** Contents by path, shared by a workspace and everything restricted from it. Directories are there while something is in them. */
export class MemoryDisk {
  readonly #files = new Map<AbsolutePath, MemoryFile>()
  readonly #root: AbsolutePath
  #changes = 0

  /** `root` exists, though nothing may be in it. */
  constructor(root: AbsolutePath) {
    this.#root = root
  }

  get(path: AbsolutePath): MemoryFile | undefined {
    return this.#files.get(path)
  }

  /** Times count changes, so that two runs are alike. */
  set(path: AbsolutePath, bytes: Uint8Array): void {
    this.#changes += 1
    this.#files.set(path, { bytes: bytes.slice(), modifiedAt: this.#changes })
  }

  delete(path: AbsolutePath): boolean {
    return this.#files.delete(path)
  }

  isDirectory(path: AbsolutePath): boolean {
    return isInside(path, this.#root) || this.paths().some((file) => file !== path && isInside(path, file))
  }

  /** Sorted. */
  paths(): readonly AbsolutePath[] {
    return [...this.#files.keys()].toSorted()
  }
}

/** Files in memory, held to the grants. There are no links. */
export function createMemoryFiles(disk: MemoryDisk, grants: readonly SandboxGrant[]): FileSystem {
  return {
    async read(path, options) {
      if (!mayRead(grants, path)) throw deniedError('read', path)
      const file = disk.get(path)
      if (file === undefined) throw missing(disk, path)
      const { maxBytes } = options ?? {}
      if (maxBytes !== undefined && file.bytes.length > maxBytes) {
        throw new OctavoError('too_large', `${path} has ${file.bytes.length} bytes; ${maxBytes} are read at most`, { data: { path } })
      }
      return file.bytes.slice()
    },
    async stat(path): Promise<FileStat | null> {
      const file = disk.get(path)
      if (file !== undefined) return { kind: 'file', size: file.bytes.length, modifiedAt: file.modifiedAt }
      return disk.isDirectory(path) ? { kind: 'directory', size: 0, modifiedAt: 0 } : null
    },
    async list(path) {
      if (!disk.isDirectory(path)) throw missing(disk, path)
      const prefix = path === '/' ? '/' : `${path}/`
      const names = disk.paths().flatMap((file) => (file.startsWith(prefix) ? [file.slice(prefix.length).split('/')[0] ?? ''] : []))
      return [...new Set(names)].toSorted()
    },
    async realPath(path) {
      return path
    },
    async write(path, bytes, options) {
      if (!mayWrite(grants, path)) throw deniedError('write', path)
      if (disk.get(path) === undefined && disk.isDirectory(path)) throw notAFile(path)
      if (options?.createParents !== true && !disk.isDirectory(dirnamePath(path))) throw missing(disk, dirnamePath(path))
      disk.set(path, bytes)
    },
    async remove(path) {
      if (!mayWrite(grants, path)) throw deniedError('write', path)
      if (!disk.delete(path)) throw missing(disk, path)
    },
  }
}

function missing(disk: MemoryDisk, path: AbsolutePath): OctavoError {
  if (disk.isDirectory(path)) return notAFile(path)
  return new OctavoError('not_found', `${path}: no such file or directory`, { data: { path } })
}

function notAFile(path: AbsolutePath): OctavoError {
  return new OctavoError('not_a_file', `${path} is a directory`, { data: { path } })
}
