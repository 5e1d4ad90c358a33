import { AbsolutePath } from '@octavo/base'
import type { SandboxGrant, WritableRoot } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { narrowGrant } from './narrow.ts'

const open: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: true }
const path = AbsolutePath.from
const root = (at: string, ...readOnly: readonly string[]): WritableRoot => ({ root: path(at), readOnly: readOnly.map(path) })
const writing = (...write: readonly WritableRoot[]): SandboxGrant => ({ ...open, write })

test('what one of them forbids is forbidden', () => {
  const closed: SandboxGrant = { enforcement: 'platform', write: [], deny: [path('/a')], network: 'restricted', escalated: false }
  expect(narrowGrant(open, closed)).toEqual(closed)
  expect(narrowGrant(closed, { ...open, deny: [path('/a'), path('/b')] })).toEqual({ ...closed, deny: ['/a', '/b'] })
  expect(narrowGrant(open, open)).toEqual(open)
})

test('what a path was cut out of still holds, and of two such limits both do', () => {
  const cut = { ...writing(root('/w/a')), within: [root('/w', '/w/x')] }
  expect(narrowGrant(open, cut)).toEqual(cut)
  expect(narrowGrant(cut, writing(root('/w')))).toEqual(cut)
  expect(narrowGrant(cut, { ...writing(root('/w/a')), within: [root('/w', '/w/y')] }).within).toEqual([root('/w', '/w/x', '/w/y')])
})

test.each([
  ['the inner of two roots is kept', [root('/w')], [root('/w/a')], [root('/w/a')]],
  ['roots beside each other have nothing in common', [root('/w/a')], [root('/w/b')], []],
  ['exceptions of both hold', [root('/w', '/w/x', '/w/a/y')], [root('/w/a', '/w/a/z')], [root('/w/a', '/w/a/y', '/w/a/z')]],
  ['a root inside an exception is lost', [root('/w', '/w/a')], [root('/w/a/b')], []],
  ['each pair counts', [root('/w'), root('/t')], [root('/t/x'), root('/w/y')], [root('/w/y'), root('/t/x')]],
])('%s', (_claim, left, right, expected) => {
  expect(narrowGrant(writing(...left), writing(...right)).write).toEqual(expected)
})
