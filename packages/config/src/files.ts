import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { AbsolutePath, basenamePath, dirnamePath, joinPath, OctavoError } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'
import { ConfigError } from './error.ts'

/** What reading a configuration needs of a file system. */
export type ConfigFiles = Pick<ReadOnlyFiles, 'read' | 'stat' | 'realPath' | 'list'>

const maxFileBytes = 4 * 1024 * 1024

/**
 * The contents of a text file, without a byte order mark; null when there is none.
 *
 * @throws ConfigError `unreadable`, also for a directory and for more than 4 MiB; `invalid_toml` when it is not UTF-8
 */
export async function readText(files: ConfigFiles, file: AbsolutePath): Promise<string | null> {
  let bytes: Uint8Array
  try {
    bytes = await files.read(file, { maxBytes: maxFileBytes })
  } catch (cause) {
    if (OctavoError.is(cause) && cause.code === 'not_found') return null
    const reason = OctavoError.is(cause) ? (reasons[cause.code] ?? cause.code) : 'reading fails'
    throw new ConfigError('unreadable', `cannot read ${file}: ${reason}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfigError('unreadable', `cannot read ${file}: it is not UTF-8 text; save it as UTF-8`)
  }
}

/** True when something is there. What cannot be looked at is not there for us. */
export async function exists(files: ConfigFiles, path: AbsolutePath): Promise<boolean> {
  try {
    return (await files.stat(path)) !== null
  } catch (error) {
    if (OctavoError.is(error)) return false
    throw error
  }
}

const reasons: Readonly<Record<string, string>> = {
  denied: 'permission denied; check who owns it and its mode',
  not_a_file: 'it is not a file',
  too_large: `it is over ${maxFileBytes / 1024 / 1024} MiB`,
  io: 'reading fails',
}

/**
 * The file system of this machine. Synchronous inside: these few small files are read before anything else can go on, and that way they
 * take a tenth of the time.
 */
export const systemFiles: ConfigFiles = {
  async read(path, options) {
    return attempt(path, () => {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat === undefined) throw new OctavoError('not_found', `${path} does not exist`, { data: { path } })
      if (!stat.isFile()) throw new OctavoError('not_a_file', `${path} is not a file`, { data: { path } })
      if (stat.size > (options?.maxBytes ?? Infinity)) throw new OctavoError('too_large', `${path} is too large`, { data: { path } })
      return readFileSync(path)
    })
  },
  async stat(path) {
    const stat = attempt(path, () => statSync(path, { throwIfNoEntry: false }))
    if (stat === undefined) return null
    return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other', size: stat.size, modifiedAt: stat.mtimeMs }
  },
  async realPath(path) {
    return realPath(path)
  },
  async list(path) {
    return attempt(path, () => readdirSync(path))
  },
}

function realPath(path: AbsolutePath): AbsolutePath {
  try {
    return attempt(path, () => AbsolutePath.from(realpathSync.native(path)))
  } catch (error) {
    const parent = dirnamePath(path)
    if (!OctavoError.is(error) || error.code !== 'not_found' || parent === path) throw error
    return joinPath(realPath(parent), basenamePath(path))
  }
}

function attempt<T>(path: AbsolutePath, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    if (OctavoError.is(cause)) throw cause
    const errno = (cause as NodeJS.ErrnoException).code ?? ''
    const code = errno === 'ENOENT' || errno === 'ENOTDIR' ? 'not_found' : errno === 'EACCES' || errno === 'EPERM' ? 'denied' : 'io'
    throw new OctavoError(code, `cannot read ${path}`, { data: { path, errno }, cause })
  }
}
