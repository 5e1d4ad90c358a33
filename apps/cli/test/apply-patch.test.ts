import { expect, test } from 'vitest'
import { World } from './harness/world.ts'

const PATCH = [
  '*** Begin Patch',
  '*** Add File: new.txt',
  '+hello',
  '*** Update File: old.txt',
  '@@',
  '-one',
  '+two',
  '*** End Patch',
  '',
].join('\n')

test.each([
  ['as an argument', [PATCH], ''],
  ['on stdin', [], PATCH],
])('a patch %s is applied to the current directory', async (_name, args, stdin) => {
  using world = new World({ 'old.txt': 'one\r\nlast\r\n' })
  const { code, stdout, stderr } = await world.run(['apply-patch', ...args], { stdin })
  expect([code, stdout, stderr]).toEqual([0, 'Success. Updated the following files:\nA new.txt\nM old.txt\n', ''])
  expect([world.read('new.txt'), world.read('old.txt')]).toEqual(['hello\n', 'two\r\nlast\r\n'])
})

test.each([
  ['a patch that does not fit', ['*** Begin Patch\n*** Update File: old.txt\n@@\n-three\n+two\n*** End Patch'], '', 1],
  ['no patch at all', ['hello'], '', 1],
  ['nothing', [], '', 2],
  ['too much', [PATCH, PATCH], '', 2],
])('%s fails with its code, words on stderr and nothing on stdout', async (_name, args, stdin, expected) => {
  using world = new World({ 'old.txt': 'one\n' })
  const { code, stdout, stderr } = await world.run(['apply-patch', ...args], { stdin })
  expect([code, stdout, stderr === '', world.read('old.txt')]).toEqual([expected, '', false, 'one\n'])
})
