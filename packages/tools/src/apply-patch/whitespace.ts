/**
 * Unicode White_Space, one UTF-16 unit at a time. Not what `String.prototype.trim` takes away: that counts U+FEFF, which belongs to
 * the text here, and leaves out U+0085.
 */
function isWhitespace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isWhitespace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** Both sides. */
export function trim(text: string): string {
  const kept = trimEnd(text)
  let start = 0
  while (start < kept.length && isWhitespace(kept.charCodeAt(start))) start += 1
  return kept.slice(start)
}
