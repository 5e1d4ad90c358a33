import { type AbsolutePath, basenamePath, dirnamePath, joinPath, OctavoError } from '@octavo/base'
import type { FileStat, FileSystem } from '@octavo/extension-api'

type Entry = { readonly kind: 'file'; bytes: Uint8Array } | { readonly kind: 'link'; readonly to: string } | { readonly kind: 'other' }

/** Files in memory, with symbolic links; directories exist where something is in them. Absent paths can be written anywhere. */
export class MemoryFiles implements FileSystem {
  readonly #entries = new Map<string, Entry>()
  /** Error codes by operation and path, such as `write /a`. */
  readonly failing: Map<string, string> = new Map()
  /** Directories that exist though nothing is in them. */
  readonly directories: Set<string> = new Set(['/'])
  /** What was changed, in order. */
  readonly log: string[] = []

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.put(path, content)
  }

  put(path: string, content: string | Uint8Array): void {
    this.#entries.set(path, { kind: 'file', bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content })
  }

  link(path: string, to: string): void {
    this.#entries.set(path, { kind: 'link', to })
  }

  device(path: string): void {
    this.#entries.set(path, { kind: 'other' })
  }

  /** Every file by path, decoded; links as `-> target`. */
  get tree(): Record<string, string> {
    const shown = [...this.#entries].map(([path, entry]): [string, string] => {
      return [
        path,
        entry.kind === 'file'
          ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry.bytes)
          : entry.kind === 'link'
            ? `-> ${entry.to}`
            : entry.kind,
      ]
    })
    return Object.fromEntries(shown.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  async read(path: AbsolutePath, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    this.#failIfTold(path, 'read')
    const entry = this.#entries.get(await this.realPath(path))
    if (entry?.kind === 'file') {
      if (entry.bytes.length > (options.maxBytes ?? Infinity))
        throw new OctavoError('too_large', `${path} is larger than ${options.maxBytes} bytes`)
      return entry.bytes
    }
    throw (await this.stat(path)) === null
      ? new OctavoError('not_found', `no file ${path}`)
      : new OctavoError('not_a_file', `${path} is no file`)
  }

  async stat(path: AbsolutePath): Promise<FileStat | null> {
    const real = await this.realPath(path)
    const entry = this.#entries.get(real)
    if (entry?.kind === 'file') return { kind: 'file', size: entry.bytes.length, modifiedAt: 0 }
    if (entry?.kind === 'other') return { kind: 'other', size: 0, modifiedAt: 0 }
    return this.#isDirectory(real) ? { kind: 'directory', size: 0, modifiedAt: 0 } : null
  }

  async list(path: AbsolutePath): Promise<readonly string[]> {
    return [...this.#entries.keys()]
      .filter((key) => dirnamePath(key as AbsolutePath) === path)
      .map((key) => basenamePath(key as AbsolutePath))
  }

  async realPath(path: AbsolutePath): Promise<AbsolutePath> {
    if (path === '/') return path
    const here = joinPath(await this.realPath(dirnamePath(path)), basenamePath(path))
    const entry = this.#entries.get(here)
    return entry?.kind === 'link' ? this.realPath(joinPath(dirnamePath(here), entry.to)) : here
  }

  async write(path: AbsolutePath, bytes: Uint8Array, options: { readonly createParents?: boolean } = {}): Promise<void> {
    this.#failIfTold(path, 'write')
    const real = await this.realPath(path)
    if (this.#isDirectory(real)) throw new OctavoError('not_a_file', `${path} is a directory`)
    if (options.createParents !== true && !this.#isDirectory(dirnamePath(real)))
      throw new OctavoError('not_found', `no directory for ${path}`)
    this.#entries.set(real, { kind: 'file', bytes })
    this.log.push(`write ${path}`)
  }

  async remove(path: AbsolutePath): Promise<void> {
    this.#failIfTold(path, 'remove')
    const here = joinPath(await this.realPath(dirnamePath(path)), basenamePath(path))
    if (!this.#entries.delete(here)) throw new OctavoError('not_found', `no file ${path}`)
    this.log.push(`remove ${path}`)
  }

  #isDirectory(path: string): boolean {
    return this.directories.has(path) || [...this.#entries.keys()].some((key) => key.startsWith(`${path}/`))
  }

  #failIfTold(path: string, operation: 'read' | 'write' | 'remove'): void {
    const code = this.failing.get(`${operation} ${path}`)
    if (code !== undefined) throw new OctavoError(code, `${operation} of ${path} failed`)
  }
}
