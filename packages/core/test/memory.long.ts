import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import { calls, completed, saying, tokens } from './fakes/model.ts'
import type { Script } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const MIB = 1_048_576
const WINDOW_TOKENS = 20_000

setFlagsFromString('--expose-gc')
// Taken from a new context: this one began without it.
const collect = runInNewContext('gc') as () => void

/** Bytes that are held, after everything else was collected. */
async function heldBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- what a collection frees may be let go of in the next turn of the loop only
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** A model whose every turn is a call and a message of one kilobyte, and that counts its input as its length asks. */
function talkative(world: World): void {
  let responses = 0
  world.model.info = { ...world.model.info, contextWindow: WINDOW_TOKENS }
  world.model.otherwise = (): Script => {
    const { input = [] } = world.model.requests.pop() ?? {}
    responses += 1
    const usage = tokens(Math.ceil(JSON.stringify(input).length / 4))
    if (responses % 2 === 1) return [...calls([`c${responses}`, 'work']).slice(0, -1), completed(usage)]
    return [...saying(`${responses} ${'word '.repeat(200)}`), completed(usage)]
  }
}

test('with compaction at a fixed window a thread holds no more after ten thousand turns than after a thousand, five mebibytes at most', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ tools: [tool] })
  talkative(world)
  const thread = await world.engine.startThread({ ephemeral: true })
  let compactions = 0
  thread.on('compaction.completed', () => (compactions += 1))
  const at = new Map<number, number>()
  for (let turn = 1; turn <= 10_000; turn += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one turn after the other is the point
    const result = await (await thread.run(`turn ${turn} ${'asked '.repeat(100)}`)).done
    if (result.status !== 'completed') throw new Error(`turn ${turn} was ${result.status}: ${String(result.error)}`)
    tool.calls.length = 0
    // oxlint-disable-next-line no-await-in-loop -- as above
    if (turn % 1_000 === 0) at.set(turn, await heldBytes())
  }
  const grown = ((at.get(10_000) ?? 0) - (at.get(1_000) ?? 0)) / MIB
  console.log(
    `${compactions} compactions; MiB held at each thousand turns: ${[...at.values()].map((bytes) => (bytes / MIB).toFixed(1)).join(', ')}`,
  )
  expect(compactions).toBeGreaterThan(100)
  expect(grown).toBeLessThan(5)
}, 600_000)
