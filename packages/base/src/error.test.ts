import { expect, test } from 'vitest'
import { describeError, OctavoError, UsageError } from './error.ts'

test('an error is recognised by its mark, also in a subclass', () => {
  expect([new OctavoError('a', 'b'), new UsageError('a', 'b'), new Error('b'), { code: 'a' }, null, 'a'].map(OctavoError.is)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

test('an error of another copy of the package is recognised', () => {
  expect(OctavoError.is({ [Symbol.for('octavo.error')]: true, code: 'x' })).toBe(true)
})

test('as JSON an error has its facts, but neither stack nor cause', () => {
  const error = new UsageError('bad', 'it is bad', { data: { line: 3 }, cause: new Error('secret'), retryable: true })
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'UsageError',
    code: 'bad',
    message: 'it is bad',
    data: { line: 3 },
    retryable: true,
  })
})

test('a description follows the causes and says nothing twice', () => {
  const root = new Error('disk is full')
  expect(describeError(new OctavoError('x', 'cannot write', { cause: new Error('cannot write', { cause: root }) }))).toBe(
    'cannot write: disk is full',
  )
})

test.each([
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [7n, '7'],
  [{ a: 1 }, '{"a":1}'],
  [new RangeError(), 'RangeError'],
  [new AggregateError([new Error('a'), 'b'], 'two failed'), 'two failed (a; b)'],
])('whatever was thrown is described: %s', (value, text) => {
  expect(describeError(value)).toBe(text)
})

test('cycles are described too', () => {
  const error: Error & { cause?: unknown } = new Error('round')
  error.cause = error
  const data: Record<string, unknown> = {}
  data['self'] = data
  expect([describeError(error), describeError(data)]).toEqual(['round', '[object Object]'])
})
