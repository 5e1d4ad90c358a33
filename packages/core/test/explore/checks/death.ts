import { tick } from '../../fakes/clock.ts'
import { World } from '../../fake-engine.ts'
import type { FakeStore } from '../../fakes/store.ts'
import { says } from '../../fakes/model.ts'
import { brokenByEvents, brokenByPrompts } from '../../invariants.ts'

/** Whatever a process leaves that dies in the middle: each of its threads can be loaded and goes on. */
export async function brokenByDeath(store: FakeStore): Promise<string[]> {
  const world = new World({ store })
  world.model.otherwise = () => says('alive')
  const problems: string[] = []
  for (const id of [...store.threads.keys()].filter((one) => store.isMade(one))) {
    const watched = await world.resume(id)
    const { lastMessage, error } = await world.finish((await watched.thread.run('are you there?')).done)
    if (lastMessage !== 'alive') problems.push(`after a death ${id} does not go on: ${error?.message}`)
    await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
    await tick()
    problems.push(...brokenByEvents(watched.events).map((problem) => `after a death: ${problem}`))
  }
  problems.push(
    ...brokenByPrompts(
      [...Map.groupBy(world.model.requests, ({ identity }) => identity.threadId).values()].flatMap((all) => all.slice(-1)),
    ),
  )
  return problems
}
