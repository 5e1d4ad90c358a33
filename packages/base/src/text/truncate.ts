import { omittedMarker } from '../bytes/ring.ts'

/** How much text to keep. A token counts as four bytes of UTF-8. Fractions are cut off; a negative limit is 0. */
export type TruncationPolicy = {
  readonly mode: 'bytes' | 'tokens'
  readonly limit: number
}

const bytesPerToken = 4

/** Tokens a text will probably cost: its UTF-8 bytes divided by four, rounded up. */
export function estimateTokens(text: string): number {
  return Math.ceil(utf8Length(text) / bytesPerToken)
}

/** Bytes of `text` as UTF-8, without encoding it; a lone surrogate counts three, as U+FFFD does. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (isPair(text, index)) {
      bytes += 2
      index += 1
    } else bytes += 2
  }
  return bytes
}

/**
 * Cuts the middle out of a text that is over budget and puts a marker there: `…N tokens truncated…` (tokens removed, estimated) or
 * `…N chars truncated…` (characters removed). A text within budget comes back as it is.
 *
 * The beginning keeps half of the budget, rounded down, the end the other half; both stop before a character they would split. The
 * marker is not counted, so the result may be a little over budget. The marker's wording is fixed by what models were trained on.
 */
export function truncateMiddle(text: string, policy: TruncationPolicy): string {
  const budget = budgetBytes(policy)
  if (!isOver(text, budget)) return text
  const leftBytes = Math.floor(budget / 2)
  const left = prefixEnd(text, leftBytes)
  const right = Math.max(left, suffixStart(text, budget - leftBytes))
  const marker =
    policy.mode === 'tokens'
      ? `…${Math.ceil((utf8Length(text) - budget) / bytesPerToken)} tokens truncated…`
      : `…${countCharacters(text, left, right)} chars truncated…`
  return text.slice(0, left) + marker + text.slice(right)
}

/** What the collecting buffer had already let go before the text was made from it. */
export interface AlreadyOmitted {
  /** Bytes that are not in `text`; `text` then holds the buffer's own marker for them. Default 0. */
  readonly omittedBytes?: number
  /** All bytes seen, kept or not. Default: those of `text` without the marker, plus the omitted ones. */
  readonly totalBytes?: number
}

/**
 * `truncateMiddle` with a header for the model: the estimated tokens of everything seen, and the number of lines. A text within
 * budget comes back as it is, without a header.
 *
 * When the buffer had omitted bytes and its marker falls into what is cut out, the marker takes the place of the number of lines.
 */
export function formatTruncated(text: string, policy: TruncationPolicy, extra: AlreadyOmitted = {}): string {
  if (!isOver(text, budgetBytes(policy))) return text
  const { omittedBytes = 0 } = extra
  const marker = omittedBytes > 0 ? omittedMarker(omittedBytes) : ''
  const totalBytes = extra.totalBytes ?? utf8Length(text) - marker.length + omittedBytes
  const truncated = truncateMiddle(text, policy)
  const second = truncated.includes(marker) ? `Total output lines: ${countLines(text)}` : marker.trim()
  return `Warning: truncated output (original token count: ${Math.ceil(totalBytes / bytesPerToken)})\n${second}\n\n${truncated}`
}

function budgetBytes({ mode, limit }: TruncationPolicy): number {
  const whole = Math.max(0, Math.floor(limit))
  return mode === 'tokens' ? whole * bytesPerToken : whole
}

function isOver(text: string, budget: number): boolean {
  return text.length > budget || (text.length * 3 > budget && utf8Length(text) > budget)
}

/** Index of the first character that does not fit when `maxBytes` are kept from the beginning. */
function prefixEnd(text: string, maxBytes: number): number {
  let bytes = 0
  let index = 0
  while (index < text.length) {
    const units = isPair(text, index) ? 2 : 1
    bytes += characterBytes(text, index)
    if (bytes > maxBytes) break
    index += units
  }
  return index
}

/** Index of the first character that is kept when `maxBytes` are kept from the end. */
function suffixStart(text: string, maxBytes: number): number {
  let bytes = 0
  let index = text.length
  while (index > 0) {
    const units = index > 1 && isPair(text, index - 2) ? 2 : 1
    bytes += characterBytes(text, index - units)
    if (bytes > maxBytes) break
    index -= units
  }
  return index
}

function characterBytes(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  return isPair(text, index) ? 4 : 3
}

function countCharacters(text: string, from: number, to: number): number {
  let count = 0
  for (let index = from; index < to; index += isPair(text, index) ? 2 : 1) count += 1
  return count
}

function countLines(text: string): number {
  let lines = text === '' || text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

/** True when a surrogate pair starts at `index`. */
function isPair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00
}
