import { dirnamePath } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { StoreFiles } from './files.ts'

/** Directories made on the way to a file: their names, and the file's, are brought to the disk once, with the first sync. */
export class NewDirectories {
  #toSync: readonly AbsolutePath[] = []

  async make(files: StoreFiles, directory: AbsolutePath): Promise<void> {
    const topmost = await files.makeDirectory(directory)
    // The file's own name is in `directory`, whoever made that.
    const paths = [directory]
    if (topmost !== null) {
      const end = dirnamePath(topmost)
      for (let path = directory; path !== end && path !== dirnamePath(path);) {
        path = dirnamePath(path)
        paths.push(path)
      }
    }
    // A second attempt finds what the first one made.
    this.#toSync = [...new Set([...paths, ...this.#toSync])]
  }

  async sync(files: StoreFiles): Promise<void> {
    for (const path of this.#toSync) await files.syncDirectory(path)
    this.#toSync = []
  }
}
