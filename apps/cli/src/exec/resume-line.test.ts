import type { ThreadId } from 'octavo'
import { expect, test } from 'vitest'
import { readExecArguments } from '../arguments/exec.ts'
import { resumeLine } from './resume-line.ts'

// An id is a string with a brand; a test writes it as it looks.
const ID = '0198-t' as ThreadId

test.each<[readonly string[], string]>([
  [['do it'], 'octavo exec resume 0198-t "…"'],
  [['-s', 'workspace-write', '-m', 'x', '--json', 'do it'], 'octavo exec -s workspace-write resume 0198-t "…"'],
  [
    ['--yolo', '--skip-git-repo-check', 'do it'],
    'octavo exec --dangerously-bypass-approvals-and-sandbox --skip-git-repo-check resume 0198-t "…"',
  ],
  [['-C', 'sub', '--add-dir', '../more', 'do it'], 'octavo exec -C /w/sub --add-dir \'/my more\' resume 0198-t "…"'],
  [
    ['-p', 'fast', '-c', 'model_provider="a b"', '--enable', 'x'],
    `octavo exec -p fast -c 'model_provider="a b"' -c 'features.x=true' resume 0198-t "…"`,
  ],
])('%o is gone on with by %s', (argv, expected) => {
  expect(resumeLine(ID, readExecArguments(argv), ['/w/sub', '/my more'], 'octavo')).toBe(expected)
})

test('a value that may be a secret is not repeated', () => {
  const given = readExecArguments(['-c', 'model_providers.x={experimental_bearer_token="sk-1"}', 'do it'])
  expect(resumeLine(ID, given, ['/w'], 'octavo')).toBe(`octavo exec -c 'model_providers.x=…' resume 0198-t "…"`)
})
