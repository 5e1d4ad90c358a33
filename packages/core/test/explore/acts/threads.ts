import { act } from '../act.ts'
import type { Area } from '../act.ts'

const MOST_DEATHS = 2

/** Threads come and go. */
export const threads: Area = {
  name: 'threads',
  acts: [
    act('dispose', 0.5, (stage, life) => {
      life.left.add(life.thread)
      stage.track(`end of ${life.id}`, (async () => await life.thread[Symbol.asyncDispose]())())
    }),
    act('shutdown', 0.3, (_stage, life) => {
      life.left.add(life.thread)
      life.submit({ type: 'shutdown' })
    }),
    act('resume', 4, (stage, life) => {
      if (life.isOver || life.left.has(life.thread)) stage.track(`resume of ${life.id}`, stage.resume(life))
    }),
    act('resume what runs', 0.3, (stage, life) => stage.track(`resume of ${life.id}`, stage.resume(life))),
    act('fork', 0.6, (stage, life) => {
      if (!stage.isFull) stage.track(`fork of ${life.id}`, stage.fork(life))
    }),
    act('begin', 0.3, (stage, _life, chance) => {
      if (!stage.isFull) stage.track('start', stage.begin({ ephemeral: chance.is(0.3) }))
    }),
    act('the process might die', 0.4, ({ world, remains }) => {
      if (remains.length < MOST_DEATHS) remains.push(world.store.copy())
    }),
    act('read on', 0.5, (stage, life, chance) => stage.read(life, chance)),
  ],
}
