import type { JsonValue } from '@octavo/base'
import { jsonInput, TURN_AUTHORITY } from '@octavo/extension-api'
import type { ToolContext, ToolHandler } from '@octavo/extension-api'
import type { AgentCallTurnItem, AgentStatus, ItemId, ThreadId } from '@octavo/protocol'
import type { AgentRoom } from './agent-room.ts'

/** As the model knows them. */
export const NAMESPACE = 'multi_agent_v1'

export interface AgentTool<Input> {
  readonly name: string
  readonly item: AgentCallTurnItem['tool']
  readonly description: string
  readonly parameters: JsonValue
  readonly read: (value: JsonValue) => Input
  /** What its item says before it has run. */
  readonly shown: (input: Input) => Pick<AgentCallTurnItem, 'receiverThreadIds' | 'prompt' | 'model' | 'effort'>
  readonly run: (input: Input, room: AgentRoom, context: ToolContext) => Promise<AgentAnswer>
}

/** What the model is told, and what the item says in the end. */
export interface AgentAnswer {
  readonly output: JsonValue
  readonly receiverThreadIds: readonly ThreadId[]
  readonly states: Readonly<Record<string, AgentStatus>>
}

/** A handler for the calls of one thread. Calls of agents touch nothing themselves; what agents do is asked and granted there. */
export function agentTool<Input>(tool: AgentTool<Input>, room: AgentRoom, exposure: 'direct' | 'deferred'): ToolHandler<Input> {
  return {
    spec: {
      namespace: NAMESPACE,
      name: tool.name,
      description: tool.description,
      input: jsonInput(tool.parameters, tool.read),
      exposure,
      concurrency: 'shared',
    },
    plan(input, { callId }) {
      const item: AgentCallTurnItem = {
        type: 'agentCall',
        id: callId as string as ItemId, // items of calls bear the call's id
        tool: tool.item,
        status: 'inProgress',
        senderThreadId: room.host?.threadId ?? ('' as ThreadId),
        states: {},
        ...tool.shown(input),
      }
      return { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item, onDenied: 'report' }
    },
    async execute(input, context) {
      const { output, receiverThreadIds, states } = await tool.run(input, room, context)
      if (context.item?.type === 'agentCall') {
        context.items.complete({ ...context.item, status: 'completed', receiverThreadIds, states })
      }
      return { kind: 'done', output: { content: JSON.stringify(output), success: true } }
    },
  }
}
