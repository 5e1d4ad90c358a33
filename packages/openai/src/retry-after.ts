/**
 * What the headers of an answer ask to wait, in milliseconds; null when they do not say. `retry-after-ms` wins over `retry-after`, which
 * is seconds or a date.
 *
 * @param nowMs wall time, for a date
 */
export function retryAfterOfHeaders(headers: ReadonlyMap<string, string>, nowMs: number): number | null {
  const exact = headers.get('retry-after-ms')?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(exact)) return Math.ceil(Number(exact))
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const date = text === '' ? Number.NaN : Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}

const DELAY = /try again in\s*(\d+(?:\.\d+)?)\s*(milliseconds?|ms|minutes?|m|seconds?|s)\b/i

/** The delay in a sentence such as "try again in 1.5s", in milliseconds; null when there is none. */
export function retryAfterOfText(text: string): number | null {
  const [, amount, unit = ''] = DELAY.exec(text) ?? []
  if (amount === undefined) return null
  const isMilliseconds = /^m(?:s|illi)/i.test(unit)
  const factor = isMilliseconds ? 1 : /^m/i.test(unit) ? 60_000 : 1000
  return Math.ceil(Number(amount) * factor)
}
