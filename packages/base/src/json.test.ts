import { expect, test } from 'vitest'
import { deepFreeze, diffPatch, isRecord, type JsonValue, mergePatch, parseJson, stableStringify } from './json.ts'

test('text that is not JSON is told apart without throwing', () => {
  expect(parseJson('\uFEFF{"a":[1]}')).toEqual({ ok: true, value: { a: [1] } })
  expect(parseJson('{"a":')).toMatchObject({ ok: false, message: expect.stringContaining('JSON') })
})

test('equal values give equal text whatever the order of their keys', () => {
  expect(stableStringify({ b: [1, { d: undefined, c: 'ü' }], 10: 1, 9: 2 })).toBe('{"10":1,"9":2,"b":[1,{"c":"ü"}]}')
})

test('what JSON leaves out is left out', () => {
  const at = new Date(0)
  expect(stableStringify({ a: undefined, b: [undefined, () => 1], at })).toBe('{"at":"1970-01-01T00:00:00.000Z","b":[null,null]}')
  expect(stableStringify(undefined)).toBe('null')
})

test('records are objects that are not arrays', () => {
  expect([{}, new Map(), [], null, 'x'].map(isRecord)).toEqual([true, true, false, false, false])
})

test('freezing goes all the way down, through what is frozen already and through cycles', () => {
  const leaf = { list: [{ n: 1 }], bytes: Uint8Array.of(1) }
  const value: Record<string, unknown> = { outer: Object.freeze({ leaf }) }
  value['self'] = value
  expect(deepFreeze(value)).toBe(value)
  expect([value, leaf, leaf.list, leaf.list[0]].every(Object.isFrozen)).toBe(true)
})

// RFC 7396, appendix A
test.each<[JsonValue, JsonValue, JsonValue]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched with %j is %j', (target, patch, expected) => {
  expect(mergePatch(target, patch)).toEqual(expected)
})

test.each<[JsonValue, JsonValue, JsonValue]>([
  [{ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 4 } }, { b: { c: 4, d: null } }],
  [{ a: [1, 2] }, { a: [1, 2] }, {}],
  [{ a: { b: 1 } }, { a: {} }, { a: { b: null } }],
  [{ a: 1 }, { a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }],
  [1, { a: 1 }, { a: 1 }],
  [{ a: 1 }, [1], [1]],
])('the way from %j to %j is %j', (from, to, patch) => {
  expect(diffPatch(from, to)).toEqual(patch)
  expect(mergePatch(from, patch)).toEqual(to)
})

test('a member called __proto__ is only a member', () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as JsonValue
  expect(JSON.stringify(mergePatch({}, hostile))).toBe('{"__proto__":{"polluted":true}}')
  expect(JSON.stringify(diffPatch({}, hostile))).toBe('{"__proto__":{"polluted":true}}')
})
