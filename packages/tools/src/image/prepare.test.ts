import { CancelledError } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { fits, longestSideWithin } from './fit.ts'
import type { Resizer, ResizerPipeline } from './prepare.ts'
import { createImagePreparer } from './prepare.ts'

const HIGH = { maxSide: 2_048, maxPatches: 2_500 }
const never = new AbortController().signal

/** The head of a PNG of this size; enough for whoever reads no further. */
function png(width: number, height: number, length = 64): Uint8Array {
  const image = new Uint8Array(length)
  image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])
  new DataView(image.buffer).setUint32(16, width)
  new DataView(image.buffer).setUint32(20, height)
  return image
}

/** A resizer that notes what it is asked, and gives what it is told. */
function recordingResizer(result: () => Promise<{ data: Uint8Array; info: { width: number; height: number } }>) {
  const asked: unknown[] = []
  const pipeline: ResizerPipeline = {
    rotate: () => (asked.push('rotate'), pipeline),
    resize: (width, height, options) => (asked.push([width, height, options]), pipeline),
    png: () => (asked.push('png'), pipeline),
    jpeg: () => (asked.push('jpeg'), pipeline),
    webp: () => (asked.push('webp'), pipeline),
    toBuffer: () => result(),
  }
  const resizer: Resizer = () => pipeline
  return { asked, loadResizer: async () => resizer }
}

const broken = () => Promise.reject(new Error('no binary for this platform\nlong help'))
const absent = () => Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }))

describe('fitting an image', () => {
  it.each([
    [2_048, 1_248, true],
    [2_048, 1_249, false],
    [2_049, 10, false],
    [1_600, 1_600, true],
    [1_601, 1_600, false],
    [1, 1, true],
  ])('%i by %i pixels within the high limits: %s', (width, height, expected) => {
    expect(fits({ width, height }, HIGH)).toBe(expected)
  })

  it('the longest side that fits is one that does, and nearly the longest', () => {
    for (const [width, height] of [
      [4_000, 3_000],
      [3_000, 4_000],
      [100_000, 1],
      [1_601, 1_601],
      [2_048, 1_250],
      [5_000, 4_999],
      [20_000, 20_000],
    ] as const) {
      const side = longestSideWithin({ width, height }, HIGH)
      const shorter = (long: number) => Math.ceil((Math.min(width, height) * long) / Math.max(width, height))
      expect(fits({ width: side, height: shorter(side) }, HIGH)).toBe(true)
      expect(fits({ width: side + 33, height: shorter(side + 33) }, HIGH)).toBe(false)
    }
    expect(longestSideWithin({ width: 10, height: 10 }, { maxSide: 1, maxPatches: 0 })).toBe(1)
  })
})

describe('preparing an image (R65)', () => {
  it('within the limits it passes through untouched, and nothing is loaded', async () => {
    const image = png(2_048, 1_216)
    const preparer = createImagePreparer({ loadResizer: () => Promise.reject(new Error('loaded')) })
    expect(await preparer.prepare(image, HIGH, never)).toEqual({
      kind: 'image',
      mediaType: 'image/png',
      bytes: image,
      width: 2_048,
      height: 1_216,
    })
  })

  it('a larger one is made smaller where that can be done', async () => {
    const data = new Uint8Array([1, 2, 3])
    const { asked, loadResizer } = recordingResizer(async () => ({ data, info: { width: 1_834, height: 1_376 } }))
    const prepared = await createImagePreparer({ loadResizer }).prepare(png(4_000, 3_000), HIGH, never)
    expect(prepared).toEqual({ kind: 'image', mediaType: 'image/png', bytes: data, width: 1_834, height: 1_376 })
    expect(asked).toEqual(['rotate', [1_834, 1_834, { fit: 'inside', withoutEnlargement: true }], 'png'])
  })

  it('without sharp a text names it', async () => {
    expect(await createImagePreparer({ loadResizer: absent }).prepare(png(4_000, 3_000), HIGH, never)).toEqual({
      kind: 'placeholder',
      text: 'image content omitted because it is too large (4000x3000 pixels, 64 bytes) and the package sharp, which makes images smaller, is not installed; run npm install sharp, or give a smaller image',
    })
  })

  it('a sharp that cannot be loaded says why, in a line', async () => {
    expect(await createImagePreparer({ loadResizer: broken }).prepare(png(4_000, 3_000), HIGH, never)).toMatchObject({
      text: expect.stringMatching(/could not be loaded: no binary for this platform; install it again, or give a smaller image$/),
    })
  })

  it.each([
    ['what is no image', new Uint8Array([1, 2, 3]), 'it is not a PNG, JPEG, WebP or GIF image'],
    ['more pixels than can be decoded (attack 106)', png(40_000, 40_000), 'it has 40000x40000 pixels, more than can be made smaller'],
  ])('%s is never given to the resizer', async (_, image, why) => {
    const { asked, loadResizer } = recordingResizer(() => Promise.reject(new Error('asked')))
    expect(await createImagePreparer({ loadResizer }).prepare(image, HIGH, never)).toEqual({
      kind: 'placeholder',
      text: `image content omitted because ${why}`,
    })
    expect(asked).toEqual([])
  })

  it('an image that cannot be decoded becomes a text', async () => {
    const { loadResizer } = recordingResizer(() => Promise.reject(new Error('broken data')))
    expect(await createImagePreparer({ loadResizer }).prepare(png(4_000, 3_000), HIGH, never)).toEqual({
      kind: 'placeholder',
      text: 'image content omitted because it could not be processed: broken data',
    })
  })

  it('a file too heavy to be sent is encoded anew, though its pixels fit', async () => {
    const { asked, loadResizer } = recordingResizer(async () => ({ data: new Uint8Array(21 * 2 ** 20), info: { width: 10, height: 10 } }))
    expect(await createImagePreparer({ loadResizer }).prepare(png(10, 10, 20 * 2 ** 20 + 1), HIGH, never)).toEqual({
      kind: 'placeholder',
      text: `image content omitted because it is still ${21 * 2 ** 20} bytes after it was made smaller`,
    })
    expect(asked).toHaveLength(3)
  })

  it('an abort is no answer', async () => {
    const signal = AbortSignal.abort(new CancelledError('interrupted'))
    await expect(createImagePreparer().prepare(png(1, 1), HIGH, signal)).rejects.toThrow(CancelledError)
  })
})
