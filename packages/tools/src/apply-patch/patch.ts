/** A parsed patch: what it does to which file, in the order it is to be done. Nothing here has been compared with a disk. */
export interface Patch {
  /** Which environment the patch is for; null when it does not say. */
  readonly environmentId: string | null
  readonly hunks: readonly Hunk[]
}

/** One file operation. Paths are spelled as the patch spells them. */
export type Hunk =
  /** `content` ends every line with LF; it is empty for an empty file. */
  | { readonly kind: 'add'; readonly path: string; readonly content: string }
  | { readonly kind: 'delete'; readonly path: string }
  | UpdateHunk

export interface UpdateHunk {
  readonly kind: 'update'
  readonly path: string
  /** Where the updated file goes; null: it stays. */
  readonly movePath: string | null
  /** At least one, in file order. */
  readonly chunks: readonly Chunk[]
}

/** One place in a file. */
export interface Chunk {
  /** A line to find before the chunk is looked for; null: from where the chunk before ended. */
  readonly context: string | null
  readonly lines: readonly ChunkLine[]
  /** True when the chunk must be the end of the file. */
  readonly endOfFile: boolean
}

/** `text` is without prefix and without line ending. */
export interface ChunkLine {
  readonly kind: 'context' | 'removed' | 'added'
  readonly text: string
}
