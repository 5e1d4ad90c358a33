import type { DelegateRequest } from '@octavo/extension-api'
import type { Op } from '@octavo/protocol'
import type { Chance } from '../../chance.ts'
import { asked, heard } from '../../fakes/family.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'
import { words } from '../life.ts'
import type { Stage } from '../stage.ts'

/** Threads that work for others. */
export const delegates: Area = {
  name: 'delegates',
  acts: [
    act('spawn', 2, (stage, life, chance) => {
      const child = chance.of(stage.delegates.filter(({ status: { kind } }) => kind !== 'closed'))
      const parent = child !== undefined && chance.is(0.2) ? child.threadId : life.id
      stage.track(`spawn in ${parent}`, spawn(stage, parent, chance))
    }),
    act('tell', 1, (stage, _life, chance) => {
      const delegate = chance.of(stage.delegates)
      if (delegate !== undefined) stage.track('word to a delegate', delegate.submit(someOp(stage, chance)))
    }),
    act('close', 0.5, (stage, _life, chance) => {
      const delegate = chance.of(stage.delegates)
      if (delegate !== undefined) stage.track('end of a delegate', (async () => await delegate[Symbol.asyncDispose]())())
    }),
    act('wait for one', 0.3, (stage, _life, chance) => {
      const delegate = chance.of(stage.delegates)
      if (delegate !== undefined) stage.track('wait for a delegate', delegate.settled(stage.someSignal(chance)), stage.lasting)
    }),
  ],
}

async function spawn(stage: Stage, parent: Parameters<Stage['hosts']['of']>[0], chance: Chance): Promise<void> {
  const delegate = await stage.hosts.of(parent).spawn(someRequest(stage, chance), stage.someSignal(chance))
  stage.delegates.push(delegate)
  if (delegate.status.kind !== 'closed') stage.heard.push(heard(delegate))
}

function someRequest(stage: Stage, chance: Chance): DelegateRequest {
  const input = chance.is(0.85) ? words(stage.name('part')) : []
  return asked({
    input,
    context: chance.pick<DelegateRequest['context']>('none', 'summary', 'full', { lastTurns: 2 }),
    oneShot: input.length > 0 && chance.is(0.3),
    wake: chance.is(0.4),
    notify: chance.is(0.9),
    deadlineMs: chance.pick(200, 5_000),
    budget: chance.is(0.2) ? { steps: 1 + chance.below(3) } : null,
    ...(chance.is(0.2) ? { until: stage.someSignal(chance) } : {}),
    ...(chance.is(0.2) ? { ephemeral: true } : {}),
    ...(chance.is(0.2) ? { tools: ['shared', 'asks'] } : {}),
  })
}

function someOp(stage: Stage, chance: Chance): Op {
  return chance.pick<Op>(
    { type: 'userInput', items: words(stage.name('more')) },
    { type: 'interrupt' },
    { type: 'compact' },
    { type: 'settings', settings: { effort: stage.name('effort') } },
    { type: 'shutdown' },
  )
}
