import type { ImageLimits } from '@octavo/extension-api'

/** Side of the squares an image is counted in, in pixels. */
const PATCH = 32

export interface Size {
  readonly width: number
  readonly height: number
}

export function fits({ width, height }: Size, { maxSide, maxPatches }: ImageLimits): boolean {
  return Math.max(width, height) <= maxSide && Math.ceil(width / PATCH) * Math.ceil(height / PATCH) <= maxPatches
}

/** The longest side the image may have in its own shape, whichever way it is turned and its shorter side is rounded; at least 1. */
export function longestSideWithin({ width, height }: Size, limits: ImageLimits): number {
  const long = Math.max(width, height)
  const short = Math.min(width, height)
  const byArea = Math.sqrt((limits.maxPatches * PATCH * PATCH * long) / short)
  let side = Math.floor(Math.min(long, limits.maxSide, byArea))
  // Sides that are no multiples of a patch count for more than their area.
  while (side > 1 && !fits({ width: side, height: Math.ceil((short * side) / long) }, limits)) side -= 1
  return Math.max(1, side)
}
