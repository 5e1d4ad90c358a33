import type { ItemId, ThreadId } from '../ids.ts'
import type { AgentStatus } from '../events/agent-status.ts'
import type { CallStatus } from './command-execution.ts'

/** A call that has to do with other agents of the same tree. */
export interface AgentCallTurnItem {
  readonly type: 'agentCall'
  readonly id: ItemId
  readonly tool: 'spawnAgent' | 'sendInput' | 'waitAgent' | 'listAgents' | 'closeAgent'
  readonly status: CallStatus
  readonly senderThreadId: ThreadId
  readonly receiverThreadIds: readonly ThreadId[]
  readonly prompt: string | null
  readonly model: string | null
  readonly effort: string | null
  /** How each receiver stood when the call ended, by thread id. */
  readonly states: Readonly<Record<string, AgentStatus>>
}
