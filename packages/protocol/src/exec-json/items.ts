import { toWireAgentStatus } from '../events/agent-status.ts'
import type { AgentStatus } from '../events/agent-status.ts'
import type { CallStatus } from '../items/command-execution.ts'
import { formatCommandLine } from '../items/command-line.ts'
import type { TurnItem, TurnItemOf, TurnItemType } from '../items/turn-item.ts'
import type { ExecJsonItemDetails } from './events.ts'

interface Row<K extends TurnItemType> {
  /** False: the kind is told when it completes, and only then. */
  readonly started: boolean
  /** Null: this one is left out and takes no id. */
  readonly details: (item: TurnItemOf<K>) => ExecJsonItemDetails | null
}

/** What every kind of item becomes; `unrepresented` kinds have no line in this format. */
const ROWS = {
  userMessage: 'unrepresented',
  imageView: 'unrepresented',
  imageGeneration: 'unrepresented',
  contextCompaction: 'unrepresented',
  hookPrompt: 'unrepresented',
  enteredReview: 'unrepresented',
  exitedReview: 'unrepresented',
  // The format knows tools of MCP servers, which bring their own item; a plain tool call has no server to name.
  toolCall: 'unrepresented',
  agentMessage: { started: false, details: ({ text }) => ({ type: 'agent_message', text }) },
  reasoning: {
    started: false,
    details: ({ summary }) => {
      const text = summary.join('\n')
      return text.trim() === '' ? null : { type: 'reasoning', text }
    },
  },
  commandExecution: {
    started: true,
    details: (item) => ({
      type: 'command_execution',
      command: formatCommandLine(item.command),
      aggregated_output: item.output ?? '',
      exit_code: item.exitCode,
      status: item.status === 'inProgress' ? 'in_progress' : item.status,
    }),
  },
  fileChange: {
    started: true,
    details: (item) => ({
      type: 'file_change',
      changes: Object.entries(item.changes).map(([path, { type }]) => ({ path, kind: type })),
      status: PATCH_STATUS[item.status],
    }),
  },
  agentCall: {
    started: true,
    // The format has no word for a list of agents.
    details: (item) =>
      item.tool === 'listAgents'
        ? null
        : {
            type: 'collab_tool_call',
            tool: AGENT_TOOL[item.tool],
            sender_thread_id: item.senderThreadId,
            receiver_thread_ids: item.receiverThreadIds,
            prompt: item.prompt,
            agents_states: Object.fromEntries(Object.entries(item.states).map(([id, status]) => [id, agentState(status)])),
            status: PATCH_STATUS[item.status],
          },
  },
  webSearch: { started: true, details: (item) => ({ type: 'web_search', query: item.query, action: item.action ?? { type: 'other' } }) },
} satisfies { readonly [K in TurnItemType]: Row<K> | 'unrepresented' }

const PATCH_STATUS = { inProgress: 'in_progress', completed: 'completed', failed: 'failed', declined: 'failed' } as const satisfies Record<
  CallStatus,
  string
>

const AGENT_TOOL = { spawnAgent: 'spawn_agent', sendInput: 'send_input', waitAgent: 'wait', closeAgent: 'close_agent' } as const

function agentState(status: AgentStatus): { readonly status: string; readonly message: string | null } {
  const wire = toWireAgentStatus(status)
  return typeof wire === 'string'
    ? { status: wire, message: null }
    : { status: status.kind, message: 'message' in status ? status.message : null }
}

/** The item as this format writes it, without its id; null when it is not written. */
export function execJsonDetails(item: TurnItem): ExecJsonItemDetails | null {
  return rowOf(item)?.details(item) ?? null
}

/** True when the item is told as soon as it begins. */
export function isToldWhenStarted(item: TurnItem): boolean {
  return rowOf(item)?.started ?? false
}

function rowOf(item: TurnItem): Row<TurnItemType> | null {
  const row = ROWS[item.type]
  // The table above pairs each kind with the row that takes it; the union of rows cannot say so.
  return row === 'unrepresented' ? null : (row as unknown as Row<TurnItemType>)
}
