import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { AbsolutePath, basenamePath, dirnamePath, isInside, joinPath, relativePath } from './paths.ts'

const path = AbsolutePath.from

test.each([
  ['/', '/'],
  ['//a///b/', '/a/b'],
  ['/a/./b/../c', '/a/c'],
  ['/../..', '/'],
  ['/a\\b/c', '/a\\b/c'],
  ['c:\\Users\\me\\..\\you\\', 'C:/Users/you'],
  ['C:/', 'C:/'],
])('%s is kept as %s', (text, expected) => {
  expect(path(text)).toBe(expected)
})

test.each(['', '.', 'a/b', './a', '~', 'C:', 'C:a', '\\\\server\\share'])('%j is refused as not absolute', (text) => {
  expect(() => path(text)).toThrow(expect.objectContaining({ code: 'path_not_absolute' }))
})

test('a NUL character is refused', () => {
  expect(() => path('/a\0b')).toThrow(expect.objectContaining({ code: 'path_invalid' }))
  expect(() => joinPath(path('/a'), 'b\0')).toThrow(expect.objectContaining({ code: 'path_invalid' }))
})

test.each([
  ['/a/b', 'c', '/a/b/c'],
  ['/a/b', '', '/a/b'],
  ['/a/b', '../../../c', '/c'],
  ['/a/b', '/c', '/c'],
  ['/', 'a', '/a'],
  ['/a', 'C:/b', '/a/C:/b'],
  ['/a', 'b\\c', '/a/b\\c'],
  ['C:/a', 'b\\c', 'C:/a/b/c'],
  ['C:/a', '\\b', 'C:/b'],
  ['C:/a', 'd:\\b', 'D:/b'],
])('%s joined with %s is %s', (base, relative, expected) => {
  expect(joinPath(path(base), relative)).toBe(expected)
})

test.each(['/', '/a', '/a/b.c', 'C:/', 'C:/a', 'C:/a/b'])('%s has the parts the platform sees', (text) => {
  const root = text.startsWith('C') ? 'C:/' : '/'
  expect([dirnamePath(path(text)), basenamePath(path(text))]).toEqual([
    text === root ? root : posix.dirname(text) === 'C:' ? 'C:/' : posix.dirname(text),
    text === root ? '' : posix.basename(text),
  ])
})

test('a relative path leads back to its target', () => {
  const all = ['/', '/a', '/a/b', '/a/c/d', '/ab', '/x/y/z'].map(path)
  for (const from of all) {
    for (const to of all) {
      expect(relativePath(from, to)).toBe(posix.relative(from, to))
      expect(joinPath(from, relativePath(from, to))).toBe(to)
    }
  }
  expect(relativePath(path('C:/a'), path('D:/b'))).toBe('D:/b')
})

test('inside means equal or below, by whole segments', () => {
  const answers = ['/a', '/a/b', '/ab', '/', '/b/a'].map((child) => isInside(path('/a'), path(child)))
  expect(answers).toEqual([true, true, false, false, false])
  expect([isInside(path('/'), path('/a')), isInside(path('C:/'), path('C:/a')), isInside(path('/'), path('C:/a'))]).toEqual([
    true,
    true,
    false,
  ])
})
