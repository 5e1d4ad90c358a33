import { expect, test } from 'vitest'
import { Deferred } from './deferred.ts'
import { Serial } from './serial.ts'

test('jobs run one at a time in the order of the calls, also after a failure', async () => {
  const serial = new Serial()
  const gate = new Deferred<void>()
  const told: string[] = []
  const first = serial.run(async () => {
    told.push('first starts')
    await gate.promise
    told.push('first ends')
    throw new Error('no')
  })
  const second = serial.run(async () => told.push('second'))
  await Promise.resolve()
  gate.resolve()
  await expect(first).rejects.toThrow('no')
  await second
  expect(told).toEqual(['first starts', 'first ends', 'second'])
})

test('it is idle only after jobs added while waiting', async () => {
  const serial = new Serial()
  const told: string[] = []
  void serial.run(async () => {
    void serial.run(async () => told.push('added'))
  })
  await serial.idle()
  expect(told).toEqual(['added'])
})

test('a job that throws at once is a rejection', async () => {
  const thrown = new Serial().run(() => {
    throw new Error('at once')
  })
  await expect(thrown).rejects.toThrow('at once')
})
