import { getEventListeners } from 'node:events'
import { isInside } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { isCallItem } from '@octavo/protocol'
import type { ThreadId } from '@octavo/protocol'
import type { Granted } from '../tools.ts'
import type { Stage } from '../stage.ts'

/** When all has ended, nothing is left. */
export function brokenByRest(stage: Stage): string[] {
  const { world, model, signals, lives, under, lasting } = stage
  const problems: string[] = []
  if (world.engine.threads().length > 0) problems.push(`${world.engine.threads().length} threads are left`)
  for (const process of world.workspace.started) if (process.running && !process.stubborn) problems.push('a process is left')
  if (world.clock.sleeping > 0) problems.push(`${world.clock.sleeping} timers are left`)
  if (model.openClients > 0) problems.push(`${model.openClients} clients of the model are left`)
  for (const { signal } of signals) {
    const listening = getEventListeners(signal, 'abort').length
    if (listening > 0) problems.push(`${listening} listeners are left on a signal of the host`)
  }
  for (const [id, { holder }] of world.store.threads) if (holder !== null) problems.push(`the lease of ${id} is not given back`)
  for (const life of lives) if (life.pending().length > 0) problems.push(`${life.id} still lists requests`)
  for (const what of [...under.values(), ...lasting.values()]) problems.push(`${what} has not come to its end`)
  return problems
}

/** Each call runs once, and once more where it was refused and is allowed after all. */
export function brokenByRuns({ tools, lives, children, world: { store } }: Stage): string[] {
  const torn = new Set([...lives, ...children].filter(({ isTorn }) => isTorn).map(({ id }) => id))
  const recorded = new Map<string, number>()
  for (const id of store.threads.keys())
    for (const { item } of store.ownLines(id)) {
      if (item.type !== 'response_item' || !isCallItem(item.payload)) continue
      const call = callKey(id, item.payload.call_id ?? '')
      recorded.set(call, (recorded.get(call) ?? 0) + 1)
    }
  const runs = Map.groupBy(
    tools.flatMap(({ calls }) => calls.map(({ context }) => context)),
    ({ threadId, callId, attempt }) => `${callKey(threadId, callId)} ${attempt}`,
  )
  return [...runs.values()].flatMap((contexts) => {
    const [{ threadId, callId } = { threadId: '', callId: '' }] = contexts
    const times = recorded.get(callKey(threadId, callId))
    if (times === undefined || torn.has(threadId as ThreadId) || contexts.length <= times) return []
    return [`call ${callId} was made ${times} times and ran ${contexts.length} times`]
  })
}

function callKey(threadId: string, callId: string): string {
  return `${threadId} ${callId}`
}

/** What is heard of a delegate is in its order, and nothing of what is its own affair. */
export function brokenByHearsay(heard: Stage['heard']): string[] {
  return heard.flatMap((events) => {
    const isOrdered = events.every(({ seq }, at) => at === 0 || seq > (events[at - 1]?.seq ?? 0))
    const own = events.filter(({ event: { type } }) => type === 'turn.usage' || type === 'thread.configured')
    return [...(isOrdered ? [] : ['a delegate is heard out of order']), ...own.map(({ event }) => `${event.type} of a delegate is heard`)]
  })
}

/** Nobody gets more than they asked for. */
export function brokenByGrants(granted: readonly Granted[]): string[] {
  return granted.flatMap(({ asked, result }) => {
    if (result.outcome !== 'answered') return []
    const { permissions } = result.value
    const narrow = isWithin(permissions.read, asked.read) && isWithin(permissions.write, asked.write)
    const quiet = permissions.network !== true || asked.network === true
    return narrow && quiet ? [] : [`${JSON.stringify(permissions)} was granted where ${JSON.stringify(asked)} was asked for`]
  })
}

function isWithin(paths: readonly AbsolutePath[], wanted: readonly AbsolutePath[]): boolean {
  return paths.every((path) => wanted.some((one) => isInside(one, path) || one === path))
}
