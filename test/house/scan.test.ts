import { expect, test } from 'vitest'
import { importsOf, maskText } from './scan.ts'

const named = (source: string): string[] => importsOf(source).map((line) => line.specifier)

test.each([
  ["import a from 'x'", 'x'],
  ['import { a, b as c } from "x"', 'x'],
  ["import a, { b } from 'x'", 'x'],
  ["import * as a from 'x'", 'x'],
  ["import {\n  a,\n  b,\n} from 'x'", 'x'],
  ["import 'x'", 'x'],
  ["export { a } from 'x'", 'x'],
  ["export * from 'x'", 'x'],
  ["export * as a from 'x'", 'x'],
  ["const a = await import('x')", 'x'],
  ["type A = import('x').A", 'x'],
  ["const a = require('x')", 'x'],
  ["process.getBuiltinModule('node:fs')", 'node:fs'],
  ['const a = `${await import("x")}`', 'x'],
])('%s names a module', (source, specifier) => {
  expect(named(source)).toEqual([specifier])
})

test.each([
  "// import a from 'x'",
  "/* import a from 'x' */",
  'const a = "import b from \'x\'"',
  "const a = `import b from 'x'`",
  "const a = /import b from 'x'/",
  "export const from = 'x'",
  "export type { A }\nconst b = 'from'",
])('%s names no module', (source) => {
  expect(named(source)).toEqual([])
})

test.each([
  ["import type { A } from 'x'", true],
  ["import type A from 'x'", true],
  ["import type * as A from 'x'", true],
  ["export type { A } from 'x'", true],
  ["import { type A, type B } from 'x'", true],
  ["import { type A, b } from 'x'", false],
  ["import { A } from 'x'", false],
  ["import type from 'x'", false],
  ["import 'x'", false],
])('%s: of types only is %s', (source, typeOnly) => {
  expect(importsOf(source).map((line) => line.typeOnly)).toEqual([typeOnly])
})

test('an import says its line', () => {
  expect(importsOf("// one\n\nimport { a } from 'x'\nimport 'y'\n").map(({ specifier, line }) => [specifier, line])).toEqual([
    ['x', 3],
    ['y', 4],
  ])
})

test('two statements are not read as one', () => {
  expect(named("export { a }\n\nimport { b } from 'x'")).toEqual(['x'])
})

test.each([
  ['a // b\nc', 'a     \nc'],
  ["f('a//b') + c", "f('    ') + c"],
  ["'it\\'s' + b", "'     ' + b"],
  ['`a ${b + `c`} d` + e', '`  ${b + ` `}  ` + e'],
  ['x / 2 / y // z', 'x / 2 / y     '],
  ['s.replace(/[\'"]/g, b)', 's.replace(/    /g, b)'],
  ['return /a[/]b/.test(c)', 'return /     /.test(c)'],
  ['a\u{1F600}b // c', 'a\u{1F600}b     '],
])('text of %j is blanked', (source, masked) => {
  expect(maskText(source)).toBe(masked)
  expect(maskText(source)).toHaveLength(source.length)
})
