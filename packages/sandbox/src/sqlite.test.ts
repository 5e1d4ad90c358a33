import { expect, onTestFinished, test, vi } from 'vitest'
import { loadSqlite } from './sqlite.ts'

test('loading SQLite holds back its one warning and no other', () => {
  const warnings: unknown[][] = []
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation((...given: unknown[]) => void warnings.push(given))
  onTestFinished(() => emit.mockRestore())
  const load = vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => {
    process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning')
    process.emitWarning('SQLite is old', 'DeprecationWarning')
    process.emitWarning('Something else is experimental', 'ExperimentalWarning')
    return {}
  }) as never)
  onTestFinished(() => load.mockRestore())
  const before = process.emitWarning
  loadSqlite()
  expect(process.emitWarning).toBe(before)
  expect(warnings).toEqual([
    ['SQLite is old', 'DeprecationWarning'],
    ['Something else is experimental', 'ExperimentalWarning'],
  ])
})
