import type { AbsolutePath } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'

/** The bytes of a regular file, links followed; null for anything else, and for nothing. Rejects as `ReadOnlyFiles` does. */
export type FileReader = (path: AbsolutePath) => Promise<Uint8Array | null>

/** Larger files are refused by `too_large`: nobody writes such instructions by hand. */
const maxFileBytes = 8 * 1024 * 1024

interface Entry {
  readonly size: number
  readonly modifiedAt: number
  readonly bytes: Uint8Array
}

/** Files as they were when they last changed, by size and time. Holds those of the last round. */
export class FileCache {
  #last = new Map<AbsolutePath, Entry>()
  #current = new Map<AbsolutePath, Entry>()

  reader(files: ReadOnlyFiles): FileReader {
    return async (path) => {
      const stat = await files.stat(path)
      if (stat?.kind !== 'file') return null
      const { size, modifiedAt } = stat
      const known = this.#current.get(path) ?? this.#last.get(path)
      const isSame = known?.size === size && known.modifiedAt === modifiedAt
      const entry = isSame ? known : { size, modifiedAt, bytes: await files.read(path, { maxBytes: maxFileBytes }) }
      this.#current.set(path, entry)
      return entry.bytes
    }
  }

  /** Ends a round: what no reader asked for since the last one is let go. */
  forgetUnused(): void {
    this.#last = this.#current
    this.#current = new Map()
  }
}
