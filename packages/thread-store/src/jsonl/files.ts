import type { AbsolutePath } from '@octavo/base'

/**
 * Files as the JSONL store needs them, with their clock: a port, so that tests can break a disk at a chosen byte.
 * Methods reject with the platform's errors (`code` is `ENOSPC`, `EACCES`, …); the store turns them into `StoreError`s.
 */
export interface StoreFiles {
  /** Wall time, epoch milliseconds. */
  now(): number
  /** Makes a directory and those above it; the topmost one that was made, or null when all were there. */
  makeDirectory(path: AbsolutePath): Promise<AbsolutePath | null>
  /** Opens a file whose end is written to; `create` makes it when it is missing, otherwise that is `ENOENT`. */
  append(path: AbsolutePath, options: { readonly create: boolean }): Promise<AppendFile>
  open(path: AbsolutePath): Promise<ReadFile>
  /** Null when nothing is there. */
  stat(path: AbsolutePath): Promise<FileFacts | null>
  /** In no order; empty when there is no such directory. */
  list(path: AbsolutePath): Promise<readonly DirectoryEntry[]>
  /** Replaces what is at `to`. */
  rename(from: AbsolutePath, to: AbsolutePath): Promise<void>
  /** Removes a file; a missing one is fine. */
  remove(path: AbsolutePath): Promise<void>
  /** Brings the names in a directory to the disk, where the platform can. */
  syncDirectory(path: AbsolutePath): Promise<void>
}

export interface FileFacts {
  readonly size: number
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
}

export interface AppendFile extends AsyncDisposable {
  /** All bytes or a rejection; then some of them may have been written, in order. */
  write(bytes: Uint8Array): Promise<void>
  /** Brings what was written to the disk. */
  datasync(): Promise<void>
}

export interface ReadFile extends AsyncDisposable {
  /** Bytes at the time of opening. */
  readonly size: number
  /** Bytes from `position`, at most `length`; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>
}
