import { expect, test } from 'vitest'
import { deviceRandom } from './random.ts'

test.each([['/dev/urandom'], ['/nowhere/urandom'], ['/dev/null']])(
  'bytes from %s are fresh each time and as many as asked for',
  (device) => {
    const random = deviceRandom(device)
    const drawn = Array.from({ length: 200 }, () => Buffer.from(random.bytes(16)).toString('hex'))
    expect(new Set(drawn).size).toBe(200)
    expect(random.bytes(1000).length).toBe(1000)
  },
)

test('numbers are spread over [0, 1)', () => {
  const random = deviceRandom()
  const numbers = Array.from({ length: 2000 }, () => random.next())
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  expect(numbers.every((each) => each >= 0 && each < 1)).toBe(true)
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05) // eight standard deviations
})
