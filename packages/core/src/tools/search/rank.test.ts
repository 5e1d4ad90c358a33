import { expect, test } from 'vitest'
import { rankTexts } from './rank.ts'

const TEXTS = [
  'create_issue tracker Opens an issue title body',
  'listIssues tracker Lists what is open',
  'send_mail Sends a letter to someone',
]

test.each([
  ['create issue', 8, [0]],
  ['CREATE_ISSUE', 8, [0]],
  ['list issues', 8, [1]],
  ['tracker', 8, [1, 0]],
  ['tracker', 1, [1]],
  ['letter issue', 8, [0, 2]],
  ['', 8, []],
  ['nothing here', 8, []],
])('%j finds at most %i', (query, limit, expected) => {
  expect(rankTexts(query, TEXTS, limit)).toEqual(expected)
})

test('equal ones keep their order, and without texts there is nothing', () => {
  expect(rankTexts('a', ['a b', 'a c', 'a d'], 2)).toEqual([0, 1])
  expect(rankTexts('a', [], 2)).toEqual([])
})
