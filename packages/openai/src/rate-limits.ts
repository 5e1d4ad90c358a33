import { isRecord } from '@octavo/base'
import type { RateLimits, RateLimitWindow } from '@octavo/protocol'

const HEADER = /^x-(.+)-(?:primary|secondary)-used-percent$/

/**
 * What the headers of an answer say about limits, one snapshot per family `x-<limit>-…`; usually none.
 *
 * Source: headers `x-codex-primary-used-percent`, `-window-minutes`, `-reset-at` and the same for `secondary`; underscores of a limit id
 * are dashes there.
 */
export function rateLimitsOfHeaders(headers: ReadonlyMap<string, string>): readonly RateLimits[] {
  const families = new Set<string>()
  for (const name of headers.keys()) {
    const family = HEADER.exec(name)?.[1]
    if (family !== undefined) families.add(family)
  }
  return [...families].map((family) => {
    const window = (which: string): RateLimitWindow | null => {
      const value = (suffix: string): number | null => numberOf(headers.get(`x-${family}-${which}-${suffix}`))
      return windowOf(value('used-percent'), value('window-minutes'), value('reset-at'))
    }
    return { limitId: family.replaceAll('-', '_'), primary: window('primary'), secondary: window('secondary') }
  })
}

/** The snapshot in a `codex.rate_limits` event; null when it holds none. */
export function rateLimitsOfEvent(event: Readonly<Record<string, unknown>>): RateLimits | null {
  const limits = event['rate_limits']
  if (!isRecord(limits)) return null
  const name = [event['metered_limit_name'], event['limit_name']].find((each) => typeof each === 'string' && each !== '')
  const limitId = typeof name === 'string' ? name.toLowerCase().replaceAll('-', '_') : 'codex'
  return { limitId, primary: windowOfEvent(limits['primary']), secondary: windowOfEvent(limits['secondary']) }
}

function windowOfEvent(value: unknown): RateLimitWindow | null {
  return isRecord(value) ? windowOf(numberOf(value['used_percent']), numberOf(value['window_minutes']), numberOf(value['reset_at'])) : null
}

function windowOf(usedPercent: number | null, windowMinutes: number | null, resetsAt: number | null): RateLimitWindow | null {
  return usedPercent === null ? null : { usedPercent, windowMinutes, resetsAt }
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
