import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readBehaviours, readNumberedTests, renderMap, unknownNumbers, unproven } from './map.ts'
import type { Behaviours } from './map.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const behaviours = readBehaviours(root)
const tests = readNumberedTests(root)

test('every number of a resolved issue has a test that names it', () => {
  expect(unproven(behaviours, tests)).toEqual([])
})

test('every number that a test names is in the map', () => {
  expect(unknownNumbers(behaviours, tests)).toEqual([])
})

test('docs/behaviours.md is what npm run behaviours writes', () => {
  const written = readFileSync(join(root, 'docs', 'behaviours.md'), 'utf8').split('\n')
  const due = renderMap(behaviours, tests).split('\n')
  const differing = due.filter((line) => !written.includes(line)).map((line) => line.split('|')[1]?.trim() ?? line)
  expect(differing, 'rows are out of date: run npm run behaviours').toEqual([])
  expect(written, 'rows are out of date: run npm run behaviours').toEqual(due)
})

const few: Behaviours = {
  resolved: ['a'],
  rows: {
    F1: { owner: 'a', shows: 'one' },
    F2: { owner: 'a, d', shows: 'a | b' },
    F3: { owner: 'b', shows: 'three' },
  },
}

test('a row counts when any of its letters is resolved', () => {
  expect(unproven(few, [])).toEqual(['F1 (a): no test says that one', 'F2 (a, d): no test says that a | b'])
  expect(unproven({ ...few, resolved: ['b'] }, [{ number: 'F3', file: 'x.test.ts', name: 'three (F3)' }])).toEqual([])
})

test('a number that is not there is told with its test', () => {
  expect(unknownNumbers(few, [{ number: 'F9', file: 'x.test.ts', name: 'nine (F9)' }])).toEqual(['x.test.ts: there is no F9: nine (F9)'])
})

test('a row holds all its tests, in a table that stays one', () => {
  const page = renderMap(few, [
    { number: 'F2', file: 'x.test.ts', name: 'a | b <c> (F2)' },
    { number: 'F2', file: 'y.test.ts', name: 'two (F2)' },
  ])
  expect(page.split('\n').filter((line) => line.startsWith('| F'))).toEqual([
    '| F1 | a | one |  |',
    String.raw`| F2 | a, d | a \| b | ${'`x.test.ts`'}: a \| b &lt;c> (F2)<br>${'`y.test.ts`'}: two (F2) |`,
    '| F3 | b | three |  |',
  ])
})
