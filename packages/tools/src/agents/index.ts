import type { Extension } from '@octavo/extension-api'
import { AGENT_ROOM } from './agent-room.ts'
import type { AgentRoom } from './agent-room.ts'
import { agentTool } from './call.ts'
import { closeAgent, listAgents } from './list-close.ts'
import { sendInput } from './send-input.ts'
import { spawnAgent } from './spawn.ts'
import { waitAgent } from './wait.ts'

export interface MultiAgentOptions {
  /** `deferred`, the default: found through tool search, and so in no prompt that does not use them. */
  readonly exposure?: 'direct' | 'deferred'
  /** Deepest thread that is offered them, 0 for roots only, which is the default. As deep as the engine allows agents, less one. */
  readonly maxDepth?: number
  /** The end of an agent starts a turn of an idle thread. Default true; false for a program that ends with its first turn. */
  readonly wake?: boolean
}

/** The tools by which a model has agents of its own: start one, tell it more, wait for it, list them, close one. */
export function multiAgent({ exposure = 'deferred', maxDepth = 0, wake = true }: MultiAgentOptions = {}): Extension {
  const made = (room: AgentRoom): AgentRoom['tools'] => [
    agentTool(spawnAgent(wake), room, exposure),
    agentTool(sendInput, room, exposure),
    agentTool(waitAgent, room, exposure),
    agentTool(listAgents, room, exposure),
    agentTool(closeAgent, room, exposure),
  ]
  return {
    id: 'agents',
    contributes: {
      threadLifecycle: {
        started(host, { state }) {
          if (host.depth > maxDepth) return
          const room = state.get(AGENT_ROOM)
          room.host = host
          room.tools = made(room)
        },
        stopped({ state }) {
          state.get(AGENT_ROOM).host = null
        },
      },
      tools: { tools: ({ state }) => state.get(AGENT_ROOM).tools },
    },
  }
}
