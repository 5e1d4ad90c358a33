import { ToolFailure } from '@octavo/extension-api'
import type { Delegate, ThreadHost, ToolHandler } from '@octavo/extension-api'
import { stateKey, type StateKey } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'

/** Names of agents, in the order they are given. */
const NAMES: readonly string[] = [
  'Alder',
  'Briar',
  'Cedar',
  'Dahlia',
  'Elder',
  'Fern',
  'Gorse',
  'Hazel',
  'Iris',
  'Juniper',
  'Kelp',
  'Larch',
  'Maple',
  'Nettle',
  'Olive',
  'Poppy',
  'Quince',
  'Rowan',
  'Sorrel',
  'Thistle',
  'Umber',
  'Violet',
  'Willow',
  'Yarrow',
]

/** What the tools of one thread share. */
export interface AgentRoom {
  /** Null before the thread has started, and where it may have no agents. */
  host: ThreadHost | null
  /** Made once, so that every step offers the same. */
  tools: readonly ToolHandler[]
  /** Agents that were named so far. */
  named: number
}

export const AGENT_ROOM: StateKey<AgentRoom> = stateKey('thread', 'agents', () => ({ host: null, tools: [], named: 0 }))

/** The next name that is free; when all were given, again with a number. */
export function nextName(room: AgentRoom): string {
  const round = Math.floor(room.named / NAMES.length) + 1
  const name = NAMES[room.named % NAMES.length] as string // the remainder is below the length
  room.named += 1
  return round === 1 ? name : `${name} the ${ordinal(round)}`
}

function ordinal(count: number): string {
  const teen = count % 100 > 10 && count % 100 < 14
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')
  return `${count}${ending}`
}

export function hostOf(room: AgentRoom): ThreadHost {
  if (room.host === null) throw new ToolFailure('this thread may have no agents of its own')
  return room.host
}

/** @throws ToolFailure for an id that is nobody's */
export function agentOf(room: AgentRoom, id: string): Delegate {
  const agent = hostOf(room).delegate(id as ThreadId) // looked up, not trusted
  if (agent === null) throw new ToolFailure(`agent with id ${id} not found; list_agents shows those there are`)
  return agent
}
