import { expect, test } from 'vitest'
import { ConfigError } from './error.ts'
import { originOfOverride, overridesTable, parseOverride } from './overrides.ts'
import { parseTomlValue } from './toml.ts'

test.each<[string, readonly string[], unknown]>([
  ['a=true', ['a'], true],
  ['a=false', ['a'], false],
  ['a=o3', ['a'], 'o3'],
  ['a=[1,"b"]', ['a'], [1, 'b']],
  ['a=1.2.3', ['a'], '1.2.3'],
  ['a={b=1}', ['a'], { b: 1 }],
  ['a={}', ['a'], {}],
  ['a="x=y"', ['a'], 'x=y'],
  ['a=b=c', ['a'], 'b=c'],
  ['  a  =  1  ', ['a'], 1],
  ['a=', ['a'], ''],
  ['a=""', ['a'], ''],
  ['a=-7', ['a'], -7],
  ['a=1_000', ['a'], 1000],
  ['a=0x10', ['a'], 16],
  ['a=007', ['a'], '007'],
  ['a=1.5', ['a'], 1.5],
  ['a=inf', ['a'], Infinity],
  ['a="tab\\there"', ['a'], 'tab\there'],
  [`a='raw\\t'`, ['a'], 'raw\\t'],
  ['a="unfinished', ['a'], 'unfinished'],
  [`a="'mixed`, ['a'], 'mixed'],
  ['a=gpt-5.1-codex', ['a'], 'gpt-5.1-codex'],
  ['a=true # no', ['a'], true],
  ['a=word # kept', ['a'], 'word # kept'],
  ['a=1\nb=2', ['a'], '1\nb=2'],
  ['a=https://host/v1?x=1', ['a'], 'https://host/v1?x=1'],
  ['a=/some/path', ['a'], '/some/path'],
  ['a.b.c=1', ['a', 'b', 'c'], 1],
  ['projects."/a.b".x=1', ['projects', '"/a', 'b"', 'x'], 1],
  ['a..b=1', ['a', '', 'b'], 1],
  ['use_legacy_landlock=true', ['features', 'use_legacy_landlock'], true],
])('-c %j is read as key and value', async (text, path, value) => {
  expect(await parseOverride(text)).toEqual({ path, value })
})

test.each([
  ['model', 'override "model" has no "="; write -c key=value'],
  ['', 'override "" has no "="; write -c key=value'],
  ['=x', 'override "=x" has no key; write -c key=value'],
  ['  =x', 'override "  =x" has no key; write -c key=value'],
])('-c %j is refused', async (text, message) => {
  await expect(parseOverride(text)).rejects.toThrow(new ConfigError('invalid_override', message))
})

test.each([
  'true',
  'false',
  '0',
  '-1',
  '42',
  '999999999999999',
  '"a b"',
  "'a b'",
  '""',
  'o3',
  'nan',
  'inf',
  'infinite',
  'truely',
  'a.b',
  'a/b:c',
  '~/x',
  '_',
  '/x',
])('a value that is read without the parser is what the parser says: %s', async (text) => {
  const { value } = await parseOverride(`a=${text}`)
  expect(value).toEqual((await parseTomlValue(text)) ?? text)
})

test('later overrides win, and a value on the way becomes a table', async () => {
  const overrides = await Promise.all(['a=1', 'a.b=2', 'a.c=3', 'a.b=4', 'd.e=5', 'd=6'].map(parseOverride))
  expect(overridesTable(overrides)).toEqual({ a: { b: 4, c: 3 }, d: 6 })
})

test('a key named like a member of every object is only a key', async () => {
  const table = overridesTable([await parseOverride('__proto__.polluted=true'), await parseOverride('constructor=1')])
  expect(Object.keys(table)).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('the origin of a value is the last override that gives it, named without its value', async () => {
  const overrides = await Promise.all(['a={b=1}', 'a.b=2', 'c="secret"'].map(parseOverride))
  expect(originOfOverride(overrides, ['a', 'b'])).toEqual({ kind: 'override', key: 'a.b' })
  expect(originOfOverride(overrides, ['a', 'x'])).toEqual({ kind: 'override', key: 'a' })
  expect(originOfOverride(overrides, ['c'])).toEqual({ kind: 'override', key: 'c' })
})
