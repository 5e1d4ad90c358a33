import { readFileSync } from 'node:fs'
import { configFileShape, type Shape } from '@octavo/protocol/config'
import { expect, test } from 'vitest'

/** One row per described key, in the order of the sections. */
function rowsOf(key: string, shape: Shape): readonly string[] {
  const row = shape.about === undefined ? [] : [`| \`${key}\` | ${valueOf(shape)} | ${shape.about} |`]
  return [...row, ...innerKeys(shape).flatMap(([name, inner]) => rowsOf(key === '' ? name : `${key}.${name}`, inner))]
}

function innerKeys(shape: Shape): readonly (readonly [string, Shape])[] {
  if (shape.kind === 'map') return [['<name>', shape.of]]
  return shape.kind === 'table' ? Object.entries(shape.keys as Readonly<Record<string, Shape>>) : []
}

function valueOf(shape: Shape): string {
  switch (shape.kind) {
    case 'choice':
      return shape.values.map((value) => `\`${value}\``).join(', ')
    case 'list':
      return `list of ${valueOf(shape.of)}s`
    case 'either':
      return 'text or table'
    case 'map':
      return 'table by name'
    default:
      return shape.kind
  }
}

test('the table of keys in the README is that of the schema', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const table = /\| key \| value \| meaning \|\n\|---\|---\|---\|\n((?:\|.*\n)*)/.exec(readme)?.[1]?.trimEnd().split('\n')
  expect(table).toEqual(rowsOf('', configFileShape))
})
