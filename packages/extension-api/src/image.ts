/** Bounds of an image for one detail level. */
export interface ImageLimits {
  /** Longest side in pixels. */
  readonly maxSide: number
  /** Most 32-pixel patches. */
  readonly maxPatches: number
}

/** Bounds of an image at the default detail, `high`. */
export const IMAGE_LIMITS: ImageLimits = { maxSide: 2_048, maxPatches: 2_500 }

/** Largest image file that is read, in bytes. */
export const MAX_IMAGE_BYTES: number = 64 * 1024 * 1024

/** An image fit to be sent, or words that stand in its place. */
export type PreparedImage =
  | { readonly kind: 'image'; readonly mediaType: string; readonly bytes: Uint8Array; readonly width: number; readonly height: number }
  | { readonly kind: 'placeholder'; readonly text: string }

export interface ImagePreparer {
  prepare(bytes: Uint8Array, limits: ImageLimits, signal: AbortSignal): Promise<PreparedImage>
}
