import { AbsolutePath, OctavoError } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'

export interface MemoryFiles extends ReadOnlyFiles {
  /** Changes or removes a file; its time moves on. */
  set(path: string, contents: string | Uint8Array | null): void
  /** Makes looking at a path fail. */
  deny(path: string): void
  /** Paths whose contents were read, in order. */
  readonly reads: readonly string[]
}

/** Files by absolute path; a path that is a prefix of another one is a directory. */
export function memoryFiles(contents: Readonly<Record<string, string | Uint8Array>>): MemoryFiles {
  const files = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: number }>()
  const denied = new Set<string>()
  const reads: string[] = []
  let now = 0
  const set: MemoryFiles['set'] = (path, value) => {
    now += 1
    if (value === null) files.delete(path)
    else files.set(path, { bytes: typeof value === 'string' ? new TextEncoder().encode(value) : value, modifiedAt: now })
  }
  for (const [path, value] of Object.entries(contents)) set(path, value)
  const check = (path: string): void => {
    if (denied.has(path)) throw new OctavoError('denied', `cannot read ${path}`, { data: { path } })
  }
  return {
    set,
    reads,
    deny: (path) => void denied.add(path),
    async read(path, { maxBytes = Infinity } = {}) {
      check(path)
      reads.push(path)
      const file = files.get(path)
      if (file === undefined) throw new OctavoError('not_found', `${path} does not exist`)
      if (file.bytes.length > maxBytes) throw new OctavoError('too_large', `${path} is over ${maxBytes} bytes`)
      return file.bytes
    },
    async stat(path) {
      check(path)
      const file = files.get(path)
      if (file !== undefined) return { kind: 'file', size: file.bytes.length, modifiedAt: file.modifiedAt }
      const isFolder = [...files.keys()].some((each) => each.startsWith(`${path}/`))
      return isFolder ? { kind: 'directory', size: 0, modifiedAt: 0 } : null
    },
    async list(path) {
      return [...files.keys()].filter((each) => each.startsWith(`${path}/`)).toSorted()
    },
    async realPath(path) {
      return AbsolutePath.from(path)
    },
  }
}
