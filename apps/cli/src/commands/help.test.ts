import { expect, test } from 'vitest'
import { EXEC_FLAGS } from '../arguments/exec-flags.ts'
import { EXEC_HELP, GENERAL_HELP, helpFor } from './help.ts'

test('help of exec shows every option but the hidden ones', () => {
  const shown = EXEC_FLAGS.filter(({ name }) => EXEC_HELP.includes(`--${name}`))
  expect(shown).toEqual(EXEC_FLAGS.filter(({ hidden }) => hidden !== true))
})

test.each([
  ['octavo', GENERAL_HELP],
  ['exec', EXEC_HELP],
])('help of %s has examples and fits a terminal', (_name, text) => {
  expect(text).toContain('Examples:\n  octavo ')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(132)
})

test('every command has its help, and other names have none', () => {
  expect(['exec', 'e', 'review', 'demo', 'apply-patch'].filter((name) => helpFor(name) === null)).toEqual([])
  expect([helpFor(null), helpFor('nope'), helpFor('constructor')]).toEqual([GENERAL_HELP, null, null])
})
