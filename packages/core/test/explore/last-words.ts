import type { ModelRequest } from '@octavo/extension-api'
import type { ResponseItem, ThreadSnapshot } from '@octavo/protocol'
import { isCallOutputItem, isContextualMessage } from '@octavo/protocol'
import { normaliseHistory, replayRollout } from '../../src/index.ts'
import { tick } from '../fakes/clock.ts'
import { calls, says } from '../fakes/model.ts'
import { isForSummary } from '../invariants.ts'
import type { Life } from './life.ts'
import type { Stage } from './stage.ts'

/** After everything that happened each thread comes to rest and works on, its file says what it is, and a reload changes nothing. */
export async function lastWords(stage: Stage): Promise<string[]> {
  const problems: string[] = []
  for (const life of [...stage.lives]) {
    await rest(stage)
    if (life.isOver || life.left.has(life.thread)) {
      if (!stage.world.store.isMade(life.id)) continue
      await stage.finish(stage.resume(life))
    }
    problems.push(...(await goOn(stage, life)))
  }
  return problems
}

/** Lets all that is open come to its end, until nothing moves. */
async function rest(stage: Stage): Promise<void> {
  for (let round = 0, quiet = 0; quiet < 3; round += 1) {
    stage.letGo()
    await tick()
    const isBusy = stage.under.size > 0 || stage.world.engine.threads().some((thread) => thread.snapshot().turn !== null)
    quiet = isBusy ? 0 : quiet + 1
    if (quiet === 0) await stage.world.clock.advanceToNext()
    if (round > 1_000) throw new Error(`something is stuck: ${[...stage.under.values()].join(', ') || 'a turn'}`)
  }
}

async function goOn(stage: Stage, life: Life): Promise<string[]> {
  const { world, model } = stage
  const problems: string[] = []
  // What a resume leaves to the host, or takes from the beginning.
  life.submit({ type: 'settings', settings: { environments: null, permissions: { type: 'disabled' }, approvalPolicy: 'on-request' } })
  life.submit({ type: 'dynamicTools', tools: life.clientTools })
  const first = await oneMore(stage, life)
  if (first.problem !== null) return first.problem === '' ? [] : [first.problem]
  const { live } = first
  const { thread } = life
  const snapshot = thread.snapshot()
  if (snapshot.status.kind !== 'idle') problems.push(`a thread at rest is ${snapshot.status.kind}`)
  if (snapshot.openItems.length > 0) problems.push(`a thread at rest has ${snapshot.openItems.length} open items`)
  if (snapshot.pendingRequests.length > 0) problems.push(`a thread at rest has ${snapshot.pendingRequests.length} open requests`)
  if (snapshot.ephemeral) return problems

  const [spent, grants, note] = [thread.spent(), thread.grants(), stage.hosts.of(life.id).saved('note')]
  const toolsBefore = model.requests.at(-1)?.tools
  const stopped = thread.extensions().some((health) => health.stopped.length > 0)
  await stage.finish((async () => await thread[Symbol.asyncDispose]())())
  const replayed = replayRollout(world.store.lines(life.id))
  const same = (what: string, alive: unknown, read: unknown): void => {
    if (JSON.stringify(alive) !== JSON.stringify(read))
      problems.push(`${what} replays to ${JSON.stringify(read)} and was ${JSON.stringify(alive)}`)
  }
  const differs = live?.findIndex((item, at) => JSON.stringify(item) !== JSON.stringify(replayed.history[at])) ?? -1
  if (live !== null && (differs !== -1 || live.length !== replayed.history.length))
    same(`history from item ${differs} on`, live.slice(differs).map(outlined), replayed.history.slice(differs).map(outlined))
  same('usage', { last: snapshot.usage.last, total: snapshot.usage.total }, replayed.usage)
  await stage.finish(stage.resume(life))
  const again = life.thread
  same('settings', kept(snapshot), kept(again.snapshot()))
  const { wallMs, ...counted } = spent
  const { wallMs: wallAgain, ...countedAgain } = again.spent()
  same('what an extension kept', note, stage.hosts.of(life.id).saved('note'))
  same('what was granted', grants, again.grants())
  same('what was spent', counted, countedAgain)
  if (Math.abs(wallMs - wallAgain) > 1) problems.push(`${wallMs} ms were spent, and ${wallAgain} after a reload`)
  const before = model.requests.length
  const second = await oneMore(stage, life)
  if (second.problem !== null) return second.problem === '' ? problems : [...problems, `after a reload ${second.problem}`]
  const request = model.requests.slice(before).find((one) => !isForSummary(one))
  if (request === undefined || model.requests.slice(before).some(isForSummary) || stopped) return problems
  same('what is offered', toolsBefore, request.tools)
  const told = request.input.slice(normaliseHistory(replayed.history, true).length)
  if (told.length !== 1) problems.push(`a reload makes the thread say ${JSON.stringify(told.map(outlined))} once more`)
  return problems
}

/** One turn with a call in it. `problem`: '' when its budget does not let it. */
async function oneMore(
  stage: Stage,
  { thread }: Life,
): Promise<{ readonly problem: string | null; readonly live: readonly ResponseItem[] | null }> {
  const { model, tools } = stage
  const last = stage.name('last')
  let hasCalled = false
  model.otherwise = () => {
    const request = model.requests.at(-1)
    if (isForSummary(request)) return says('in short')
    if (request?.identity.threadId !== thread.id) return says('too much')
    if (hasCalled) return says('the end')
    hasCalled = true
    return calls([last, 'quick'])
  }
  const result = await stage.finish((await stage.finish(thread.run('one more'))).done)
  // Absent where a guard that failed too often declines everything.
  const live = tools.flatMap((tool) => tool.of(last))[0]?.context.history() ?? null
  if (result.error?.code === 'budget_exhausted') return { problem: '', live }
  // What the model says its context holds need not be true, and then there is nothing to shorten.
  if (result.error?.code === 'context_window_exceeded' && !model.requests.some((one) => one.identity.threadId === thread.id && isLong(one)))
    return { problem: '', live }
  if (result.lastMessage?.includes('the end') === true) return { problem: null, live }
  return { problem: `the thread does not go on: ${result.status} ${result.error?.message ?? ''}`, live }
}

/** The model, or a user, has said something that a summary could stand for. */
function isLong({ input }: ModelRequest): boolean {
  return input.some((item) => item.type !== 'message' || item.role === 'assistant' || (item.role === 'user' && !isContextualMessage(item)))
}

/** Settings that a thread brings along. */
function kept({ settings: { model, effort, personality, collaborationMode } }: ThreadSnapshot): unknown {
  return { model, effort, personality, collaborationMode }
}

function outlined(item: ResponseItem): string {
  if (item.type === 'message') return `${item.role}: ${item.content.map((part) => ('text' in part ? part.text : part.type)).join('|')}`
  return isCallOutputItem(item) ? `output ${item.call_id}` : item.type
}
