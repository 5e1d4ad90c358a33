import { expect, test } from 'vitest'
import { showCommand } from './command-line.ts'

test.each([
  [['/bin/bash', '-lc', 'ls -l | head'], 'ls -l | head'],
  [['sh', '-c', 'true'], 'true'],
  [['bash', '-x', 'a'], 'bash -x a'],
  [['bash', '-lc', 'echo "$0"', 'name'], `bash -lc 'echo "$0"' name`],
  [['git', 'commit', '-m', "it's done"], `git commit -m "it's done"`],
  [['printf', ''], "printf ''"],
])('%o is shown as %s', (argv, expected) => {
  expect(showCommand(argv)).toBe(expected)
})
