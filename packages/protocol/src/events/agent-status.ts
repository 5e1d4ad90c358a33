import type { JsonValue } from '@octavo/base'

/** How an agent stands, seen from its parent. Final: all but the first three. */
export type AgentStatus =
  | { readonly kind: 'pendingInit' | 'running' | 'interrupted' | 'closed' | 'notFound' }
  | { readonly kind: 'completed'; readonly message: string | null }
  | { readonly kind: 'errored'; readonly message: string }

/** True when nothing more comes unless somebody asks again. */
export function isFinalStatus({ kind }: AgentStatus): boolean {
  return kind !== 'pendingInit' && kind !== 'running' && kind !== 'interrupted'
}

const WIRE_WORDS = {
  pendingInit: 'pending_init',
  running: 'running',
  interrupted: 'interrupted',
  closed: 'shutdown',
  notFound: 'not_found',
} as const

/** As models and rollouts read it: a word, or `{completed: …}` and `{errored: …}` with the last message. */
export function toWireAgentStatus(status: AgentStatus): JsonValue {
  if (status.kind === 'completed') return { completed: status.message }
  if (status.kind === 'errored') return { errored: status.message }
  return WIRE_WORDS[status.kind]
}
