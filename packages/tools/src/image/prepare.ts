import { describeError, throwIfCancelled } from '@octavo/base'
import type { ImageLimits, ImagePreparer, PreparedImage } from '@octavo/extension-api'
import type { Size } from './fit.ts'
import { fits, longestSideWithin } from './fit.ts'
import type { ImageHeader } from './header.ts'
import { readImageHeader } from './header.ts'

/** What is sent as it is, in bytes; a heavier file is encoded anew even where its pixels fit. */
const MAX_PASSED_BYTES = 20 * 1024 * 1024

/** What is decoded at all, in pixels: a few kilobytes can unpack to gigabytes. */
const MAX_DECODED_PIXELS = 268_000_000

/** Not a literal where it is imported, so that neither compiler nor bundler asks for a package that may be absent. */
const SHARP: string = 'sharp'

/** The part of `sharp` that is used. */
export interface Resizer {
  (input: Uint8Array, options: { readonly limitInputPixels: number }): ResizerPipeline
}

export interface ResizerPipeline {
  /** Turns the pixels as the metadata says. */
  rotate(): ResizerPipeline
  resize(width: number, height: number, options: { readonly fit: 'inside'; readonly withoutEnlargement: boolean }): ResizerPipeline
  png(): ResizerPipeline
  jpeg(options: { readonly quality: number }): ResizerPipeline
  webp(options: { readonly quality: number }): ResizerPipeline
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{ readonly data: Uint8Array; readonly info: Size }>
}

export interface ImagePreparerOptions {
  /** Gives `sharp`; rejects where it is not installed. Default: imports the package `sharp` on first need. */
  readonly loadResizer?: () => Promise<Resizer>
}

/**
 * Makes images fit to be sent. The header is read; PNG, JPEG, WebP and GIF within the limits pass through untouched. Larger ones are
 * made smaller by the optional package `sharp`; without it, and for anything that is no such image, a text says what is missing.
 */
export function createImagePreparer(options: ImagePreparerOptions = {}): ImagePreparer {
  const { loadResizer = importSharp } = options
  return {
    async prepare(bytes, limits, signal) {
      throwIfCancelled(signal)
      const header = readImageHeader(bytes)
      if (header === null) return omitted('it is not a PNG, JPEG, WebP or GIF image')
      const { mediaType, width, height } = header
      if (fits(header, limits) && bytes.length <= MAX_PASSED_BYTES) return { kind: 'image', mediaType, bytes, width, height }
      if (width * height > MAX_DECODED_PIXELS) return omitted(`it has ${width}x${height} pixels, more than can be made smaller`)
      return await shrink({ bytes, header }, limits, loadResizer, signal)
    },
  }
}

async function shrink(
  { bytes, header }: { readonly bytes: Uint8Array; readonly header: ImageHeader },
  limits: ImageLimits,
  loadResizer: () => Promise<Resizer>,
  signal: AbortSignal,
): Promise<PreparedImage> {
  const { mediaType, width, height } = header
  let sharp: Resizer
  try {
    sharp = await loadResizer()
  } catch (error) {
    throwIfCancelled(signal)
    return omitted(`it is too large (${width}x${height} pixels, ${bytes.length} bytes) and ${sharpProblem(error)}`)
  }
  try {
    const pipeline = sharp(bytes, { limitInputPixels: MAX_DECODED_PIXELS }).rotate()
    // A square box: metadata may turn the picture.
    const box = longestSideWithin(header, limits)
    const { data, info } = await encode(pipeline.resize(box, box, { fit: 'inside', withoutEnlargement: true }), mediaType)
    throwIfCancelled(signal)
    if (data.length > MAX_PASSED_BYTES) return omitted(`it is still ${data.length} bytes after it was made smaller`)
    return { kind: 'image', mediaType: encodedAs(mediaType), bytes: data, width: info.width, height: info.height }
  } catch (error) {
    throwIfCancelled(signal)
    return omitted(`it could not be processed: ${describeError(error)}`)
  }
}

function encode(pipeline: ResizerPipeline, mediaType: ImageHeader['mediaType']): ReturnType<ResizerPipeline['toBuffer']> {
  const encoded =
    mediaType === 'image/jpeg'
      ? pipeline.jpeg({ quality: 85 })
      : mediaType === 'image/webp'
        ? pipeline.webp({ quality: 85 })
        : pipeline.png()
  return encoded.toBuffer({ resolveWithObject: true })
}

/** Of a GIF, the first picture as PNG. */
function encodedAs(mediaType: ImageHeader['mediaType']): string {
  return mediaType === 'image/gif' ? 'image/png' : mediaType
}

function omitted(why: string): PreparedImage {
  return { kind: 'placeholder', text: `image content omitted because ${why}` }
}

function sharpProblem(error: unknown): string {
  const isMissing = error instanceof Error && Reflect.get(error, 'code') === 'ERR_MODULE_NOT_FOUND'
  const [why] = describeError(error).split('\n')
  const problem = isMissing ? 'is not installed; run npm install sharp' : `could not be loaded: ${why ?? ''}; install it again`
  return `the package sharp, which makes images smaller, ${problem}, or give a smaller image`
}

async function importSharp(): Promise<Resizer> {
  const loaded = (await import(SHARP)) as { readonly default: Resizer }
  return loaded.default
}
