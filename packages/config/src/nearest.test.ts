import { expect, test } from 'vitest'
import { nearestWord } from './nearest.ts'

test.each<[string, readonly string[], string | null]>([
  ['modle', ['model', 'mode'], 'model'],
  ['opnai', ['openai', 'ollama'], 'openai'],
  ['MODEL', ['model'], 'model'],
  ['sandbox_workspace_wirte', ['sandbox_workspace_write'], 'sandbox_workspace_write'],
  ['completely', ['model', 'tools'], null],
  ['ab', ['cd'], null],
  ['x', [], null],
])('the word nearest to %j of %j is %j', (word, candidates, nearest) => {
  expect(nearestWord(word, candidates)).toBe(nearest)
})
