import { AbsolutePath } from '@octavo/base'

/** Some directories, one in another. */
export const PATHS: readonly AbsolutePath[] = ['/repo', '/repo/src', '/data', '/data/a/b'].map((path) => AbsolutePath.from(path))
