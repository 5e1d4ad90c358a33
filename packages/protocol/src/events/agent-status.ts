/** How an agent stands, seen from its parent. Final: all but the first three. */
export type AgentStatus =
  | { readonly kind: 'pendingInit' | 'running' | 'interrupted' | 'closed' | 'notFound' }
  | { readonly kind: 'completed'; readonly message: string | null }
  | { readonly kind: 'errored'; readonly message: string }

/** True when nothing more comes unless somebody asks again. */
export function isFinalStatus({ kind }: AgentStatus): boolean {
  return kind !== 'pendingInit' && kind !== 'running' && kind !== 'interrupted'
}
