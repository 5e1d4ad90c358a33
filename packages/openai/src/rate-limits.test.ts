import { expect, test } from 'vitest'
import { rateLimitsOfEvent, rateLimitsOfHeaders } from './rate-limits.ts'

test('each family of headers is one snapshot', () => {
  const headers = new Map([
    ['x-codex-primary-used-percent', '12.5'],
    ['x-codex-primary-window-minutes', '300'],
    ['x-codex-primary-reset-at', '1700000000'],
    ['x-codex-secondary-used-percent', '3'],
    ['x-team-pool-primary-used-percent', '99'],
    ['x-request-id', 'req_1'],
  ])
  expect(rateLimitsOfHeaders(headers)).toEqual([
    {
      limitId: 'codex',
      primary: { usedPercent: 12.5, windowMinutes: 300, resetsAt: 1_700_000_000 },
      secondary: { usedPercent: 3, windowMinutes: null, resetsAt: null },
    },
    { limitId: 'team_pool', primary: { usedPercent: 99, windowMinutes: null, resetsAt: null }, secondary: null },
  ])
})

test('an answer without such headers, or with none that is a number, has no window', () => {
  expect(rateLimitsOfHeaders(new Map([['content-type', 'text/event-stream']]))).toEqual([])
  expect(rateLimitsOfHeaders(new Map([['x-codex-primary-used-percent', 'lots']]))).toEqual([
    { limitId: 'codex', primary: null, secondary: null },
  ])
})

test('an event names its limit, or means the usual one', () => {
  const limits = { primary: { used_percent: 1 }, secondary: { used_percent: 2, window_minutes: 10_080, reset_at: 5 } }
  expect(rateLimitsOfEvent({ limit_name: 'Team-Pool', rate_limits: limits })).toEqual({
    limitId: 'team_pool',
    primary: { usedPercent: 1, windowMinutes: null, resetsAt: null },
    secondary: { usedPercent: 2, windowMinutes: 10_080, resetsAt: 5 },
  })
  expect(rateLimitsOfEvent({ rate_limits: limits })?.limitId).toBe('codex')
  expect(rateLimitsOfEvent({})).toBeNull()
})
