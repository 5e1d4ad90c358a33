import { expect, test } from 'vitest'
import { BASE_INSTRUCTIONS } from './instructions.ts'
import { builtInTools } from '@octavo/tools'

test('every tool the instructions name is offered', () => {
  const offered = new Set(builtInTools().map(({ spec }) => spec.name))
  const named = [...BASE_INSTRUCTIONS.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name]) => name ?? '')
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !offered.has(name))).toEqual([])
})
