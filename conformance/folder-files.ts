import { mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { AbsolutePath, basenamePath, dirnamePath, joinPath, OctavoError } from '@octavo/base'
import type { FileStat, FileSystem } from '@octavo/extension-api'

/** The plain files of this machine, as far as the cases need them. Nothing is granted or refused. */
export class FolderFiles implements FileSystem {
  async read(path: AbsolutePath): Promise<Uint8Array> {
    const found = await this.stat(path)
    if (found === null) throw new OctavoError('not_found', `no file ${path}`)
    if (found.kind !== 'file') throw new OctavoError('not_a_file', `${path} is not a file`)
    return readFile(path)
  }

  async stat(path: AbsolutePath): Promise<FileStat | null> {
    const found = await stat(path).catch(() => null)
    if (found === null) return null
    return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', size: found.size, modifiedAt: found.mtimeMs }
  }

  async list(path: AbsolutePath): Promise<readonly string[]> {
    return (await readdir(path)).toSorted()
  }

  async realPath(path: AbsolutePath): Promise<AbsolutePath> {
    const real = await realpath(path).catch(() => null)
    return real === null ? joinPath(await this.realPath(dirnamePath(path)), basenamePath(path)) : AbsolutePath.from(real)
  }

  async write(path: AbsolutePath, bytes: Uint8Array, options: { readonly createParents?: boolean } = {}): Promise<void> {
    try {
      if (options.createParents === true) await mkdir(dirnamePath(path), { recursive: true })
      await writeFile(path, bytes)
    } catch (cause) {
      throw new OctavoError('io', `cannot write ${path}`, { cause })
    }
  }

  async remove(path: AbsolutePath): Promise<void> {
    try {
      await rm(path)
    } catch (cause) {
      throw new OctavoError('io', `cannot remove ${path}`, { cause })
    }
  }
}
