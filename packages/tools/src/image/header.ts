/** What the first bytes of an image say of it. Nothing is decoded. */
export interface ImageHeader {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
  /** Pixels, as stored: before any rotation that metadata asks for. */
  readonly width: number
  readonly height: number
}

/** Null for bytes that are not one of the four formats, that break off within the header, or that have no pixels. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const header = readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view)
    return header !== null && header.width > 0 && header.height > 0 ? header : null
  } catch (error) {
    // Reading past the end is how a view says that the bytes break off.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Source: W3C PNG, sections 5.2 and 11.2.1. */
function readPng(view: DataView): ImageHeader | null {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a || ascii(view, 12, 4) !== 'IHDR') return null
  return { mediaType: 'image/png', width: view.getUint32(16), height: view.getUint32(20) }
}

/** Source: GIF89a, section 18. */
function readGif(view: DataView): ImageHeader | null {
  if (!/^GIF8[79]a$/.test(ascii(view, 0, 6))) return null
  return { mediaType: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) }
}

/** Source: RFC 9649, sections 2.4 to 2.7. */
function readWebp(view: DataView): ImageHeader | null {
  if (ascii(view, 0, 4) !== 'RIFF' || ascii(view, 8, 4) !== 'WEBP') return null
  const mediaType = 'image/webp'
  switch (ascii(view, 12, 4)) {
    case 'VP8 ':
      return { mediaType, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { mediaType, width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 }
    default:
      return null
  }
}

/** Walks the segments up to the first frame header. Source: ITU T.81, annex B. */
function readJpeg(view: DataView): ImageHeader | null {
  if (view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) {
      at += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { mediaType: 'image/jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    // Scan data or the end before any frame, or a segment that cannot hold its own length.
    if (marker === 0xda || marker === 0xd9) return null
    const standsAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)
    const length = standsAlone ? 0 : view.getUint16(at + 2)
    if (!standsAlone && length < 2) return null
    at += 2 + length
  }
}

function ascii(view: DataView, start: number, length: number): string {
  let text = ''
  for (let at = start; at < start + length; at += 1) text += String.fromCharCode(view.getUint8(at))
  return text
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
}
