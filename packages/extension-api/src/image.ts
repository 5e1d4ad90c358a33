/** Bounds of an image for one detail level. */
export interface ImageLimits {
  /** Longest side in pixels. */
  readonly maxSide: number
  /** Most 32-pixel patches. */
  readonly maxPatches: number
}

/** An image fit to be sent, or words that stand in its place. */
export type PreparedImage =
  | { readonly kind: 'image'; readonly mediaType: string; readonly bytes: Uint8Array; readonly width: number; readonly height: number }
  | { readonly kind: 'placeholder'; readonly text: string }

export interface ImagePreparer {
  prepare(bytes: Uint8Array, limits: ImageLimits, signal: AbortSignal): Promise<PreparedImage>
}
