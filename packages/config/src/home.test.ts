import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { resolveHome } from './home.ts'

test.each<[Readonly<Record<string, string>>, string, string]>([
  [{ HOME: '/u' }, '/u/.octavo', '/u/.codex'],
  [{ HOME: '/u', CODEX_HOME: '/c' }, '/c/octavo', '/c'],
  [{ HOME: '/u', OCTAVO_HOME: '/o' }, '/o', '/u/.codex'],
  [{ HOME: '/u', OCTAVO_HOME: '/o', CODEX_HOME: '/c' }, '/o', '/c'],
  [{ HOME: '/u', OCTAVO_HOME: ' ', CODEX_HOME: '' }, '/u/.octavo', '/u/.codex'],
  [{ HOME: '/u', OCTAVO_HOME: 'o', CODEX_HOME: '../c' }, '/repo/o', '/c'],
])('with %j the homes are %s and %s (R45)', (environment, octavoHome, codexHome) => {
  expect(resolveHome(new Map(Object.entries(environment)), '/repo')).toEqual({ octavoHome, codexHome, userHome: '/u' })
})

test('in an empty environment the home is that of the user by the system (R45)', () => {
  expect(resolveHome(new Map()).codexHome).toBe(`${homedir()}/.codex`)
})
