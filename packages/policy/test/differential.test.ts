import { expect, test } from 'vitest'
import { loadBashGrammar } from './bash-grammar.ts'
import { compare } from './differential.ts'

const [SEED, COUNT] = [20_261_121, 1_000]

test(`of ${COUNT} generated lines those called plain are plain for the grammar too, with the same words (seed ${SEED}, R64)`, async () => {
  const { accepted, wrong } = await compare(SEED, COUNT)
  expect(wrong).toEqual([])
  expect(accepted).toBeGreaterThanOrEqual(COUNT / 4)
})

test('the grammar itself tells plain from other lines, so that the comparison can fail (R64)', async () => {
  const read = await loadBashGrammar()
  expect(read(`git log 'a b' "c"d | wc -l; ls`)).toEqual([['git', 'log', 'a b', 'cd'], ['wc', '-l'], ['ls']])
  for (const line of ['ls > x', 'A=1 ls', 'echo $x', '(ls)', 'ls &', "echo 'x", '$(ls)', "'ls'", 'ls # x', '! ls'])
    expect([line, read(line)]).toEqual([line, null])
})
