import { Chance } from '../chance.ts'
import { tick } from '../fakes/clock.ts'
import { brokenByEvents, brokenByPrompts } from '../invariants.ts'
import type { Act } from './act.ts'
import { AREAS } from './acts/areas.ts'
import { someTools } from './acts/asking.ts'
import { someBudget } from './acts/budgets.ts'
import { brokenByDeath } from './checks/death.ts'
import { brokenByFile } from './checks/file.ts'
import { brokenByLedger } from './checks/ledger.ts'
import { brokenByGrants, brokenByHearsay, brokenByRest, brokenByRuns } from './checks/rest.ts'
import { brokenByTurns } from './checks/turns.ts'
import { lastWords } from './last-words.ts'
import type { Life } from './life.ts'
import { Stage } from './stage.ts'

/** Acts of a case. */
const STEPS = 60

/** Rounds a slow reader takes to come to the end. */
const SLOWEST = 10

export interface Case {
  readonly seed: number
  /** Those of its acts that are played, in order; what is left out changes nothing about the others. */
  readonly steps: readonly number[]
}

export interface Played {
  /** What did not hold, in words. */
  readonly problems: readonly string[]
  /** What was done. */
  readonly acts: readonly string[]
}

export function caseOf(seed: number, steps: readonly number[] = Array.from({ length: STEPS }, (_step, at) => at)): Case {
  return { seed, steps }
}

/** Plays one case: somebody who does anything at any time to threads in which anything may go wrong. The same case goes the same way. */
export async function explore({ seed, steps }: Case): Promise<Played> {
  const rejections: unknown[] = []
  const reject = (error: unknown): void => void rejections.push(error)
  process.on('unhandledRejection', reject)
  const acts: string[] = []
  try {
    const problems = await play(seed, steps, acts)
    await nextTask() // by then what nobody handles has been told
    return { problems: [...problems, ...rejections.map((error) => `nobody handles ${String(error)}`)], acts }
  } catch (error) {
    return { problems: [`the case breaks off: ${error instanceof Error ? error.stack : String(error)}`], acts }
  } finally {
    process.off('unhandledRejection', reject)
  }
}

async function play(seed: number, steps: readonly number[], acts: string[]): Promise<string[]> {
  const stage = new Stage(seed)
  const chance = Chance.of(seed, 'case')
  const budget = chance.is(0.15) ? { budget: someBudget(chance) } : {}
  await stage.finish(stage.begin({ ...budget, dynamicTools: someTools(chance) }))
  const available = weighed(chance)
  for (const step of steps) {
    const own = Chance.of(seed, `step ${step}`)
    const life = someLife(stage, own)
    const act = someAct(available, own)
    acts.push(`${step} ${act.name}${life === stage.main ? '' : ` (${stage.lives.indexOf(life)})`}`)
    act.play(stage, life, own)
    await wait(stage, own)
    await stage.lookAround()
  }
  stage.calmDown()
  const problems: string[] = []
  if (chance.is(0.6)) problems.push(...(await lastWords(stage)))
  await end(stage)
  return [...problems, ...(await broken(stage))]
}

async function end(stage: Stage): Promise<void> {
  const { world } = stage
  await stage.finish((async () => await world.engine[Symbol.asyncDispose]())())
  for (const signal of stage.signals) signal.abort()
  for (let round = 0; round < SLOWEST; round += 1) await tick()
}

async function broken(stage: Stage): Promise<string[]> {
  const { lives, children, model } = stage
  const problems = [...brokenByRest(stage), ...brokenByGrants(stage.granted), ...brokenByRuns(stage), ...brokenByHearsay(stage.heard)]
  for (const { events } of [...lives, ...children].flatMap(({ epochs }) => epochs)) problems.push(...brokenByEvents(events))
  const threads = Map.groupBy(model.requests, ({ identity }) => identity.threadId)
  // What was lost is not in the requests behind it.
  const torn = new Set(lives.filter(({ isTorn }) => isTorn).map(({ id }) => id))
  for (const [id, requests] of threads) if (!torn.has(id)) problems.push(...brokenByPrompts(requests))
  for (const life of lives) {
    const results = await Promise.all(life.handles.map(({ done }) => settledNow(done)))
    const waiting = await Promise.all(life.submissions.flatMap(({ admitted, recorded }) => [settledNow(admitted), settledNow(recorded)]))
    if (waiting.includes(undefined)) problems.push(`a submission to ${life.id} never settles`)
    problems.push(...brokenByTurns(life, results), ...brokenByLedger(stage, life), ...brokenByFile(stage, life))
  }
  for (const child of children) problems.push(...brokenByTurns(child, []), ...brokenByFile(stage, child))
  for (const store of stage.remains) problems.push(...(await brokenByDeath(store)))
  for (const reader of stage.readers) problems.push(...reader.broken())
  return problems
}

/** Undefined when it has not settled or has been rejected. */
async function settledNow<T>(promise: Promise<T>): Promise<T | undefined> {
  return await Promise.race([promise.catch(() => undefined), tick().then(() => undefined)])
}

/** Areas are there often, seldom or not at all. */
function weighed(chance: Chance): readonly { readonly act: Act; readonly weight: number }[] {
  return AREAS.flatMap(({ acts, isAlways }) => {
    const share = isAlways ? chance.pick(1, 2) : chance.pick(0, 0, 1, 3)
    return share === 0 ? [] : acts.map((act) => ({ act, weight: act.weight * share }))
  })
}

function someAct(available: readonly { readonly act: Act; readonly weight: number }[], chance: Chance): Act {
  let left = chance.next() * available.reduce((sum, { weight }) => sum + weight, 0)
  for (const { act, weight } of available) {
    left -= weight
    if (left < 0) return act
  }
  throw new Error('a case has acts')
}

function someLife({ lives, main }: Stage, chance: Chance): Life {
  return chance.is(0.75) ? main : (chance.of(lives) ?? main)
}

/** Some promises further, or a little later, or not at all. */
async function wait({ world }: Stage, chance: Chance): Promise<void> {
  const how = chance.next()
  if (how < 0.5) for (let turn = chance.below(12); turn > 0; turn -= 1) await Promise.resolve()
  else if (how < 0.8) await tick()
  else if (how < 0.9) await world.clock.advance(chance.below(300))
  else {
    await tick() // what can go on goes on before time does
    await world.clock.advanceToNext()
  }
}

async function nextTask(): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.once('message', () => {
      port1.close()
      resolve()
    })
    port2.postMessage(null)
  })
}
