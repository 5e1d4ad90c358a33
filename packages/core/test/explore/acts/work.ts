import { Deferred } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import { DENIAL } from '../../fakes/tools.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'
import type { Stage } from '../stage.ts'

/** The model, the tools and the processes go on. */
export const work: Area = {
  name: 'work',
  acts: [
    act('the model goes on', 4, (stage, _life, chance) => chance.of(stage.gates)?.resolve()),
    act('a call ends', 4, (stage, _life, chance) => {
      const made = chance.of(stage.tools.flatMap((tool) => tool.calls.filter(({ result }) => !result.settled)))
      const how = chance.next()
      if (how < 0.7) made?.finish()
      else if (how < 0.85) made?.fail(new Error('broken tool'))
      else made?.deny()
    }),
    act('a process prints', 1, (stage, _life, chance) => chance.of(running(stage))?.print(`printed ${stage.name('p')}\n`)),
    act('a process ends', 2, (stage, _life, chance) => {
      chance.of(running(stage))?.exitWith(chance.below(2), chance.is(0.3) ? { denial: DENIAL } : {})
    }),
    act('a process does not end', 0.2, (stage, _life, chance) => {
      const process = chance.of(running(stage))
      if (process !== undefined) process.stubborn = true
    }),
    act('a picture is read', 1, ({ world }, _life, chance) => {
      const image = chance.of([...world.workspace.images.values()])
      if (chance.is(0.8)) image?.resolve(new Uint8Array([1]))
      else image?.reject(new Error('no picture'))
    }),
    act('clean terminals', 0.6, (_stage, life) => void life.submit({ type: 'cleanTerminals' })),
    act('an extension answers', 1, (stage) => stage.moods.answer()),
  ],
}

/** What the world around the engine fails at. */
export const faults: Area = {
  name: 'faults',
  acts: [
    act('the store is full', 0.6, ({ world }) => void (world.store.flushFails = new StoreError('unwritable', 'full'))),
    act('the store is well', 1.2, ({ world }) => void (world.store.flushFails = null)),
    act('the store is slow', 0.8, ({ world }) => void (world.store.flushing ??= new Deferred())),
    act('the store is fast', 1.2, ({ world: { store } }) => {
      store.flushing?.resolve()
      store.flushing = null
    }),
    act('nothing can be created', 0.3, ({ world }) => void (world.store.createFails = new StoreError('unwritable', 'read-only'))),
    act('things can be created', 0.5, ({ world }) => void (world.store.createFails = null)),
    act('nothing starts', 0.6, ({ world }) => void (world.workspace.spawnFails = new Error('no process'))),
    act('something starts', 1, ({ world }) => void (world.workspace.spawnFails = null)),
    act('starts are slow', 0.5, ({ world }) => void (world.workspace.spawning ??= new Deferred())),
    act('starts are fast', 1, ({ world: { workspace } }) => {
      workspace.spawning?.resolve()
      workspace.spawning = null
    }),
    act('somebody takes the thread over', 0.15, ({ world }, life) => {
      life.left.add(life.thread)
      world.store.revoke(life.id)
    }),
  ],
}

function running({ world }: Stage) {
  return world.workspace.started.filter((process) => process.running && !process.stubborn)
}
