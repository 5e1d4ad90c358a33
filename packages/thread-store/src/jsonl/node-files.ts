import { AbsolutePath, systemClock } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type * as Fs from 'node:fs'
import type { AppendFile, DirectoryEntry, ReadFile, StoreFiles } from './files.ts'

/** The files of this machine. What people say to a model is theirs: files and directories are made for their owner only. */
export function nodeFiles(clock: Clock = systemClock): StoreFiles {
  const fs = process.getBuiltinModule('node:fs')
  const { promises } = fs
  return {
    now: () => clock.now(),
    makeDirectory: async (path) => {
      const topmost = await promises.mkdir(path, { recursive: true, mode: 0o700 })
      return topmost === undefined ? null : AbsolutePath.from(topmost)
    },
    append: async (path, { create }) => {
      const { O_WRONLY, O_APPEND, O_CREAT } = fs.constants
      return appendFile(await promises.open(path, O_WRONLY | O_APPEND | (create ? O_CREAT : 0), 0o600))
    },
    open: async (path) => readFile(await promises.open(path, 'r')),
    stat: async (path) => {
      const found = await ifThere(promises.stat(path))
      return found === null ? null : { size: found.size, modifiedAt: found.mtimeMs }
    },
    list: async (path) => ((await ifThere(promises.readdir(path, { withFileTypes: true }))) ?? []).map(entry),
    rename: (from, to) => promises.rename(from, to),
    remove: (path) => promises.rm(path, { force: true }),
    syncDirectory: async (path) => {
      // Directories cannot be opened there; names are brought to the disk with the files.
      if (process.platform === 'win32') return
      const handle = await promises.open(path, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}

function appendFile(handle: Fs.promises.FileHandle): AppendFile {
  return {
    write: async (bytes) => {
      for (let from = 0; from < bytes.length;) from += (await handle.write(bytes, from, bytes.length - from)).bytesWritten
    },
    datasync: () => handle.datasync(),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

async function readFile(handle: Fs.promises.FileHandle): Promise<ReadFile> {
  const { size } = await handle.stat()
  return {
    size,
    read: async (position, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - position)))
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled === bytes.length ? bytes : bytes.subarray(0, filled)
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

function entry(found: Fs.Dirent): DirectoryEntry {
  return { name: found.name, kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other' }
}

async function ifThere<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ENOENT' || code === 'ENOTDIR'
}
