import { expect, test } from 'vitest'
import { excerptAt, positionOfKey } from './positions.ts'
import type { KeyPath } from './table.ts'
import { parseToml } from './toml.ts'
import { AbsolutePath } from '@octavo/base'

const text = `# a comment with model = "no"
model = "x" # and = more
 "quoted key" = 1
'literal' . inner = [ 1, { deep = "]" }, [ "}" ], # note
  "last" ]
multi = """
not_a_key = 1
\\""" still """
raw = '''
[no.table]'''

[table . sub]
key = { a = { b = 1 }, "c d" = 2 }
date = 1979-05-27T07:32:00Z
"\\u0041\\t" = 3

[[list]]
name = 1
[list.part]
x = 1
[[list]]
name = 2
[[list.inner]]
y = 1
[[list.inner]]
y = 2
`

test.each<[KeyPath, number, number]>([
  [['model'], 2, 1],
  [['quoted key'], 3, 2],
  [['literal'], 4, 1],
  [['literal', 'inner'], 4, 13],
  [['literal', 'inner', 1, 'deep'], 4, 28],
  [['literal', 'inner', 3], 5, 3],
  [['multi'], 6, 1],
  [['raw'], 9, 1],
  [['table'], 12, 2],
  [['table', 'sub'], 12, 10],
  [['table', 'sub', 'key', 'a', 'b'], 13, 15],
  [['table', 'sub', 'key', 'c d'], 13, 24],
  [['table', 'sub', 'date'], 14, 1],
  [['table', 'sub', 'A\t'], 15, 1],
  [['list', 0, 'name'], 18, 1],
  [['list', 0, 'part', 'x'], 20, 1],
  [['list', 1, 'name'], 22, 1],
  [['list', 1, 'inner', 0, 'y'], 24, 1],
  [['list', 1, 'inner', 1, 'y'], 26, 1],
  [['model', 'below a value'], 2, 1],
  [['table', 'sub', 'missing'], 12, 10],
  [['not_a_key'], 1, 1],
  [['no', 'table'], 1, 1],
])('the key %j is at %i:%i', async (path, line, column) => {
  await parseToml(text, AbsolutePath.from('/config.toml'))
  expect(positionOfKey(text, path)).toEqual({ line, column })
})

test('columns count characters, not units of their encoding', () => {
  expect(positionOfKey('a = { "😀" = 1, b = 2 }', ['a', 'b'])).toEqual({ line: 1, column: 16 })
})

test.each(['[', '[[', 'a = [', 'a = {', 'a = "', '= = =', '{}{}', ']]', 'a = """', '[a', '\u0000', 'a.b.', '"a', '"\\', ','])(
  'a text that is not TOML ends as well: %j',
  (broken) => {
    expect(positionOfKey(`${broken}\n${broken}`, ['zz'])).toEqual({ line: 1, column: 1 })
  },
)

test.each([
  ['model = 3', 1, '1 | model = 3\n  | ^'],
  ['\tmodel = 3', 2, '1 | \tmodel = 3\n  | \t^'],
  ['model = 3\r', 1, '1 | model = 3\n  | ^'],
  ['env_key = "A"', 1, '1 | env_key = …\n  | ^'],
  ['experimental_bearer_token = sk-1', 29, '1 | experimental_bearer_token = …\n  |                             ^'],
  ['experimental_bearer_token sk-1', 27, '1 | experimental_bearer_token …\n  |                           ^'],
  ['http_headers = { a = "secret" }', 31, '1 | http_headers = …'],
])('the excerpt of %j at column %i shows no secret', (source, column, excerpt) => {
  expect(excerptAt(source, { line: 1, column })).toBe(excerpt)
})
