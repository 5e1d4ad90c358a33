import { AbsolutePath, basenamePath, dirnamePath } from '@octavo/base'
import type { AppendFile, DirectoryEntry, FileFacts, ReadFile, StoreFiles, ThreadLocks } from '@octavo/thread-store'
import { StoreError } from '@octavo/extension-api'
import { errnoError } from './faults/index.ts'

/** One thing that was done to the disk, in order. */
type Operation =
  | { readonly kind: 'makeDirectory' | 'create' | 'remove' | 'sync' | 'syncDirectory'; readonly path: AbsolutePath }
  | { readonly kind: 'write'; readonly path: AbsolutePath; readonly bytes: Uint8Array }
  | { readonly kind: 'rename'; readonly path: AbsolutePath; readonly to: AbsolutePath }

interface DiskFile {
  content: Uint8Array
  /** Bytes that survive a loss of power. */
  synced: number
  /** True when the file's name survives it. */
  isNamed: boolean
}

interface Disk {
  readonly files: Map<AbsolutePath, DiskFile>
  /** Whether the name of each directory survives a loss of power. */
  readonly directories: Map<AbsolutePath, boolean>
}

/**
 * What a crash leaves of bytes that were written and not synced. `kept`: the process was killed, the system has all it was given.
 * `lost`: the power went, files are as long as they were when last synced, and names that were not synced are gone. `zeroed`: their
 * lengths were kept and the bytes were not.
 */
export type UnsyncedBytes = 'kept' | 'lost' | 'zeroed'

/** A simulated disk that remembers every byte in the order it came, and can be cut after any of them. */
export class TornFiles implements StoreFiles {
  readonly #start: Disk
  readonly #disk: Disk
  readonly #operations: Operation[] = []
  readonly #now: () => number
  #written = 0

  /** `now` is wall time in epoch milliseconds, the same for all files; default a constant. */
  constructor(now: () => number = () => 1_767_225_600_000, start: Disk = { files: new Map(), directories: new Map() }) {
    this.#now = now
    this.#start = start
    this.#disk = copyOf(start)
  }

  /** Bytes written so far: the cut points are 0 to this. */
  get written(): number {
    return this.#written
  }

  /** The disk as it is found after a crash in the moment when `point` bytes had been written. */
  after(point: number, unsynced: UnsyncedBytes): TornFiles {
    const disk = copyOf(this.#start)
    let left = point
    for (const operation of this.#operations) {
      if (operation.kind !== 'write') apply(disk, operation)
      else {
        apply(disk, { ...operation, bytes: operation.bytes.subarray(0, left) })
        left -= operation.bytes.length
        if (left < 0) break
      }
    }
    return new TornFiles(this.#now, settled(disk, unsynced))
  }

  /** Cuts the end of a file, in place. */
  truncate(path: AbsolutePath, size: number): void {
    const file = this.#require(path)
    file.content = file.content.slice(0, size)
    file.synced = Math.min(file.synced, size)
  }

  now(): number {
    return this.#now()
  }

  async makeDirectory(path: AbsolutePath): Promise<AbsolutePath | null> {
    let topmost: AbsolutePath | null = null
    for (let at = path; at !== dirnamePath(at) && !this.#disk.directories.has(at); at = dirnamePath(at)) topmost = at
    this.#do({ kind: 'makeDirectory', path })
    return topmost
  }

  async append(path: AbsolutePath, { create }: { readonly create: boolean }): Promise<AppendFile> {
    if (!this.#disk.files.has(path)) {
      if (!create || !this.#disk.directories.has(dirnamePath(path))) throw errnoError('ENOENT', 'open')
      this.#do({ kind: 'create', path })
    }
    return {
      write: async (bytes) => {
        this.#require(path)
        this.#do({ kind: 'write', path, bytes: bytes.slice() })
        this.#written += bytes.length
      },
      datasync: async () => this.#do({ kind: 'sync', path }),
      [Symbol.asyncDispose]: async () => {},
    }
  }

  async open(path: AbsolutePath): Promise<ReadFile> {
    const { content } = this.#require(path)
    return {
      size: content.length,
      read: async (position, length) => content.slice(position, position + length),
      [Symbol.asyncDispose]: async () => {},
    }
  }

  async stat(path: AbsolutePath): Promise<FileFacts | null> {
    const file = this.#disk.files.get(path)
    return file === undefined ? null : { size: file.content.length, modifiedAt: this.#now() }
  }

  async list(path: AbsolutePath): Promise<readonly DirectoryEntry[]> {
    const inside = (at: AbsolutePath): boolean => at !== path && dirnamePath(at) === path
    return [
      ...[...this.#disk.files.keys()].filter(inside).map((at) => ({ name: basenamePath(at), kind: 'file' as const })),
      ...[...this.#disk.directories.keys()].filter(inside).map((at) => ({ name: basenamePath(at), kind: 'directory' as const })),
    ]
  }

  async rename(path: AbsolutePath, to: AbsolutePath): Promise<void> {
    this.#require(path)
    this.#do({ kind: 'rename', path, to })
  }

  async remove(path: AbsolutePath): Promise<void> {
    this.#do({ kind: 'remove', path })
  }

  async syncDirectory(path: AbsolutePath): Promise<void> {
    this.#do({ kind: 'syncDirectory', path })
  }

  #do(operation: Operation): void {
    apply(this.#disk, operation)
    this.#operations.push(operation)
  }

  #require(path: AbsolutePath): DiskFile {
    const file = this.#disk.files.get(path)
    if (file === undefined) throw errnoError('ENOENT', 'open')
    return file
  }
}

function apply({ files, directories }: Disk, operation: Operation): void {
  const { path } = operation
  const file = files.get(path)
  switch (operation.kind) {
    case 'makeDirectory':
      for (let at = path; at !== dirnamePath(at) && !directories.has(at); at = dirnamePath(at)) directories.set(at, false)
      break
    case 'create':
      files.set(path, { content: new Uint8Array(), synced: 0, isNamed: false })
      break
    case 'remove':
      files.delete(path)
      break
    case 'rename':
      files.delete(path)
      if (file !== undefined) files.set(operation.to, file)
      break
    case 'write':
      if (file !== undefined) file.content = Buffer.concat([file.content, operation.bytes])
      break
    case 'sync':
      if (file !== undefined) file.synced = file.content.length
      break
    case 'syncDirectory':
      for (const [at, named] of files) if (dirnamePath(at) === path) named.isNamed = true
      for (const at of directories.keys()) if (dirnamePath(at) === path) directories.set(at, true)
      break
  }
}

/** What is there after the crash is there for good. */
function settled({ files, directories }: Disk, unsynced: UnsyncedBytes): Disk {
  const survives = (path: AbsolutePath): boolean =>
    path === dirnamePath(path) || (directories.get(path) === true && survives(dirnamePath(path)))
  const settledFiles = [...files].flatMap(([path, { content, synced, isNamed }]): [AbsolutePath, DiskFile][] => {
    if (unsynced === 'lost' && !(isNamed && survives(dirnamePath(path)))) return []
    const kept = content.slice(0, unsynced === 'lost' ? synced : content.length)
    if (unsynced === 'zeroed') kept.fill(0, synced)
    return [[path, { content: kept, synced: kept.length, isNamed: true }]]
  })
  const settledDirectories = [...directories.keys()].filter((path) => unsynced !== 'lost' || survives(path))
  return { files: new Map(settledFiles), directories: new Map(settledDirectories.map((path) => [path, true])) }
}

function copyOf({ files, directories }: Disk): Disk {
  return { files: new Map([...files].map(([path, file]) => [path, { ...file }])), directories: new Map(directories) }
}

/** Locks that live in this object alone: to go with files that are nowhere. */
export function processLocks(): ThreadLocks {
  const holders = new Map<string, { readonly pid: number | null; readonly host: string; readonly name: string }>()
  let fence = 0n
  return {
    acquire: async (id, { pid, host, name }) => {
      const holder = holders.get(id)
      if (holder !== undefined)
        throw new StoreError('locked', `thread ${id} is open for writing in ${holder.name}`, { data: { id, holder } })
      holders.set(id, { pid, host, name })
      fence += 1n
      let isHeld = true
      const release = async (): Promise<void> => {
        if (isHeld) holders.delete(id)
        isHeld = false
      }
      return { fence, lost: new AbortController().signal, remove: release, [Symbol.asyncDispose]: release }
    },
  }
}
