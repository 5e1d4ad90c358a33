import { expect, test } from 'vitest'
import { Deferred } from './deferred.ts'

test('the first call settles, and it can be asked for', async () => {
  const deferred = new Deferred<number>()
  const { resolve, reject } = deferred
  expect(deferred.settled).toBe(false)
  resolve(1)
  resolve(2)
  reject(new Error('late'))
  expect(deferred.settled).toBe(true)
  await expect(deferred.promise).resolves.toBe(1)
})
