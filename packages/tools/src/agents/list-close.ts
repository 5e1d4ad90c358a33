import type { JsonValue } from '@octavo/base'
import { toWireAgentStatus } from '@octavo/protocol'
import type { ThreadId } from '@octavo/protocol'
import { asRecord, requiredString } from '../arguments.ts'
import { agentOf, hostOf } from './agent-room.ts'
import type { AgentTool } from './call.ts'

const NOTHING = { prompt: null, model: null, effort: null }

export const listAgents: AgentTool<null> = {
  name: 'list_agents',
  item: 'listAgents',
  description: 'Lists the agents you have started and not closed, and how each stands.',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
  read: () => null,
  shown: () => ({ receiverThreadIds: [], ...NOTHING }),
  async run(_input, room) {
    const agents = hostOf(room).delegates()
    return {
      output: {
        agents: agents.map(({ threadId, name, role, status }) => ({
          agent_id: threadId,
          nickname: name,
          agent_type: role,
          status: toWireAgentStatus(status),
        })),
      },
      receiverThreadIds: agents.map(({ threadId }) => threadId),
      states: Object.fromEntries(agents.map(({ threadId, status }) => [threadId, status])),
    }
  },
}

const CLOSE_PARAMETERS: JsonValue = {
  type: 'object',
  properties: { target: { type: 'string', description: 'The id that spawn_agent gave.' } },
  required: ['target'],
  additionalProperties: false,
}

export const closeAgent: AgentTool<string> = {
  name: 'close_agent',
  item: 'closeAgent',
  description: 'Ends an agent and the agents it started, whatever they do, and says how it stood before. Close those you no longer need.',
  parameters: CLOSE_PARAMETERS,
  read: (value) => requiredString(asRecord(value), 'target'),
  shown: (target) => ({ receiverThreadIds: [target as ThreadId], ...NOTHING }),
  async run(target, room) {
    const agent = agentOf(room, target)
    const before = agent.status
    await agent[Symbol.asyncDispose]()
    return {
      output: { previous_status: toWireAgentStatus(before) },
      receiverThreadIds: [agent.threadId],
      states: { [agent.threadId]: agent.status },
    }
  },
}
