/** Bytes encoded at a time: a multiple of three, so that no padding falls between, and few enough for an argument list. */
const STEP = 24_576

/** `data:<mediaType>;base64,…`; the media type is taken as it is. */
export function toDataUrl(mediaType: string, bytes: Uint8Array): string {
  let url = `data:${mediaType};base64,`
  for (let start = 0; start < bytes.length; start += STEP) url += btoa(String.fromCharCode(...bytes.subarray(start, start + STEP)))
  return url
}
