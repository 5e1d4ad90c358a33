import { type AbsolutePath, basenamePath, type Clock, dirnamePath, isInside } from '@octavo/base'
import type { FileStat, FileSystem } from '@octavo/extension-api'
import type { Access } from '../access.ts'
import { FileError } from '../file-error.ts'

interface StoredFile {
  readonly bytes: Uint8Array
  readonly modifiedAt: number
}

/** A disk in memory. Directories come into being with what is written in them, and stay. */
export class MemoryDisk {
  readonly files: Map<AbsolutePath, StoredFile> = new Map()
  readonly directories: Set<AbsolutePath> = new Set()
  readonly #clock: Clock | null

  /** Without a clock every file was changed at 0. */
  constructor(clock: Clock | null) {
    this.#clock = clock
  }

  addDirectory(path: AbsolutePath): void {
    for (let each = path; !this.directories.has(each); each = dirnamePath(each)) this.directories.add(each)
  }

  /** Keeps a copy. */
  store(path: AbsolutePath, bytes: Uint8Array): void {
    this.files.set(path, { bytes: bytes.slice(), modifiedAt: this.#clock?.now() ?? 0 })
  }
}

/** The files of a disk in memory, as far as `access` goes. There are no links. */
export class MemoryFiles implements FileSystem {
  readonly #disk: MemoryDisk
  readonly #access: Access

  constructor(disk: MemoryDisk, access: Access) {
    this.#disk = disk
    this.#access = access
  }

  async read(path: AbsolutePath, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    await this.#access.requireRead(path, path)
    const file = this.#disk.files.get(path)
    if (file === undefined) throw this.#disk.directories.has(path) ? isDirectory('read', path) : isMissing('read', path)
    const { maxBytes = Infinity } = options
    if (file.bytes.length <= maxBytes) return file.bytes.slice()
    throw new FileError('too_large', `cannot read ${path}: it is larger than ${maxBytes} bytes`, path)
  }

  async stat(path: AbsolutePath): Promise<FileStat | null> {
    await this.#access.requireRead(path, path)
    const file = this.#disk.files.get(path)
    if (file !== undefined) return { kind: 'file', size: file.bytes.length, modifiedAt: file.modifiedAt }
    return this.#disk.directories.has(path) ? { kind: 'directory', size: 0, modifiedAt: 0 } : null
  }

  async list(path: AbsolutePath): Promise<readonly string[]> {
    await this.#access.requireRead(path, path)
    if (!this.#disk.directories.has(path)) throw isMissing('list', path)
    const entries = [...this.#disk.files.keys(), ...this.#disk.directories]
    return entries
      .filter((entry) => entry !== path && dirnamePath(entry) === path)
      .map(basenamePath)
      .toSorted()
  }

  async realPath(path: AbsolutePath): Promise<AbsolutePath> {
    return path
  }

  async write(path: AbsolutePath, bytes: Uint8Array, options: { readonly createParents?: boolean } = {}): Promise<void> {
    await this.#access.requireWrite(path, path)
    if (this.#disk.directories.has(path)) throw isDirectory('write', path)
    const parent = dirnamePath(path)
    const inTheWay = [...this.#disk.files.keys()].find((file) => isInside(file, parent))
    if (inTheWay !== undefined) throw new FileError('io', `cannot write ${path}: ${inTheWay} is not a directory`, path)
    if (options.createParents === true) this.#disk.addDirectory(parent)
    else if (!this.#disk.directories.has(parent)) throw isMissing('write', path)
    this.#disk.store(path, bytes)
  }

  async remove(path: AbsolutePath): Promise<void> {
    await this.#access.requireWrite(path, path)
    if (this.#disk.files.delete(path)) return
    throw this.#disk.directories.has(path) ? isDirectory('remove', path) : isMissing('remove', path)
  }
}

function isMissing(verb: string, path: AbsolutePath): FileError {
  return new FileError('not_found', `cannot ${verb} ${path}: there is no such file or directory`, path)
}

function isDirectory(verb: string, path: AbsolutePath): FileError {
  return new FileError('not_a_file', `cannot ${verb} ${path}: it is a directory`, path)
}
