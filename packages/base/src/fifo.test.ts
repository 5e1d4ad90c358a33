import { expect, test } from 'vitest'
import { Fifo } from './fifo.ts'
import { seededRandom } from './seeded.ts'

test('it behaves as an array does, for any sequence of pushes and takes', () => {
  const random = seededRandom(1)
  const fifo = new Fifo<number>()
  const model: number[] = []
  const taken: (readonly [number | undefined, number | undefined])[] = []
  for (let step = 0; step < 5_000; step += 1) {
    const choice = random.next()
    if (choice < 0.45) {
      fifo.push(step)
      model.push(step)
    } else if (choice < 0.9) taken.push([fifo.shift(), model.shift()])
    else if (choice < 0.99 && model.length > 0) {
      fifo.replaceNewest(-step)
      model[model.length - 1] = -step
    } else if (choice > 0.998) {
      fifo.clear()
      model.length = 0
    }
    expect([fifo.size, fifo.newest]).toEqual([model.length, model.at(-1)])
  }
  expect(taken.map(([actual]) => actual)).toEqual(taken.map(([, expected]) => expected))
})
