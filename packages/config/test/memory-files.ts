import { AbsolutePath, dirnamePath, OctavoError } from '@octavo/base'
import type { ConfigFiles } from '../src/files.ts'

/**
 * Files given as text by absolute path. A value `{ link }` is a symbolic link, `null` a directory, `'denied'` in `denied` refuses. Records
 * which files were read.
 */
export function memoryFiles(
  contents: Readonly<Record<string, string | { readonly link: string } | null>>,
  denied: readonly string[] = [],
): ConfigFiles & { readonly reads: readonly string[] } {
  const entries = new Map(Object.entries(contents))
  const reads: string[] = []
  const resolve = (path: string): string => {
    for (let head = AbsolutePath.from(path); head !== '/'; head = dirnamePath(head)) {
      const entry = entries.get(head)
      if (entry !== null && typeof entry === 'object') return resolve(entry.link + path.slice(head.length))
    }
    return path
  }
  const isFolder = (path: string): boolean => [...entries.keys()].some((each) => each.startsWith(`${path}/`))
  return {
    reads,
    async read(path) {
      reads.push(path)
      const real = resolve(path)
      if (denied.includes(real)) throw new OctavoError('denied', `cannot read ${path}`)
      const entry = entries.get(real)
      if (typeof entry === 'string') return new TextEncoder().encode(entry)
      throw new OctavoError(entry === null || isFolder(real) ? 'not_a_file' : 'not_found', `cannot read ${path}`)
    },
    async stat(path) {
      const real = resolve(path)
      const entry = entries.get(real)
      if (typeof entry === 'string') return { kind: 'file', size: entry.length, modifiedAt: 0 }
      return entry === null || isFolder(real) ? { kind: 'directory', size: 0, modifiedAt: 0 } : null
    },
    async list(path) {
      const real = resolve(path)
      if (denied.includes(real)) throw new OctavoError('denied', `cannot read ${path}`)
      if (!isFolder(real)) throw new OctavoError('not_found', `cannot read ${path}`)
      const names = [...entries.keys()]
        .filter((each) => each.startsWith(`${real}/`))
        .map((each) => each.slice(real.length + 1).split('/')[0])
      return [...new Set(names.filter((name) => name !== undefined))]
    },
    async realPath(path) {
      return AbsolutePath.from(resolve(path))
    },
  }
}
