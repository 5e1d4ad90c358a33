import { expect } from 'vitest'
import type { World } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'

/** Settles as the promise does, moving time only where nothing else goes on. */
export async function moving<T>(world: World, promise: PromiseLike<T>): Promise<T> {
  const state = { isSettled: false }
  const note = (): void => void (state.isSettled = true)
  promise.then(note, note)
  for (let round = 0; round < 200 && !state.isSettled; round += 1) {
    await tick()
    if (!state.isSettled) await world.clock.advanceToNext()
  }
  expect(state.isSettled).toBe(true)
  return await promise
}
