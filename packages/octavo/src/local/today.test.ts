import { expect, test } from 'vitest'
import { localToday } from './today.ts'

const noon = Date.UTC(2026, 0, 5, 12)

test('the date is written year first, with two digits', () => {
  expect(localToday(noon, new Map()).date).toBe('2026-01-05')
})

test.each([
  ['Europe/Lisbon', 'Europe/Lisbon'],
  [':America/Argentina/Ushuaia', 'America/Argentina/Ushuaia'],
  ['UTC', 'UTC'],
])('TZ=%s names the zone %s', (zone, expected) => {
  expect(localToday(noon, new Map([['TZ', zone]])).timezone).toBe(expected)
})

test.each(['', 'CET-1CEST,M3.5.0,M10.5.0/3', '/usr/share/zoneinfo/CET'])('TZ=%s names none: the machine is asked', (zone) => {
  expect(localToday(noon, new Map([['TZ', zone]])).timezone).toMatch(/^[A-Z][\w+/-]*$/)
})
