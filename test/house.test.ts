import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { graphRules } from './house/graph.ts'
import { readRepository } from './house/repository.ts'
import { rules } from './house/rules.ts'

const repository = readRepository(fileURLToPath(new URL('..', import.meta.url)))

test.each(Object.entries({ ...rules, ...graphRules }))('%s', (_sentence, rule) => {
  expect(rule(repository)).toEqual([])
})

test('the rules look at real files', () => {
  expect(repository.files.length).toBeGreaterThan(10)
  expect(repository.files.flatMap((file) => file.imports).length).toBeGreaterThan(10)
})
