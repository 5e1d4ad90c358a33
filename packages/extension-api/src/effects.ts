import type { AbsolutePath } from '@octavo/base'
import type { PermissionSet, TerminalId } from '@octavo/protocol'

/** `null` and `functions` name the same namespace. */
export interface ToolName {
  readonly namespace: string | null
  readonly name: string
}

/** One thing a call wants to touch. */
export type Effect =
  | { readonly kind: 'exec'; readonly command: readonly string[]; readonly cwd: AbsolutePath; readonly tty: boolean }
  | { readonly kind: 'write'; readonly paths: readonly AbsolutePath[] }
  | { readonly kind: 'read'; readonly paths: readonly AbsolutePath[] }
  | { readonly kind: 'network'; readonly hosts: readonly string[] }
  /** Input to something already running. */
  | { readonly kind: 'terminal'; readonly id: TerminalId; readonly escalated: boolean }
  | { readonly kind: 'external'; readonly server: string; readonly tool: string }

/** What the call asks for beyond the turn's own settings. Only a verdict can give it. */
export interface Authority {
  readonly level: 'turn' | 'additional' | 'escalated'
  readonly justification: string | null
  /** A reusable prefix the model suggests; empty for none. */
  readonly prefixRule: readonly string[]
  readonly additional: PermissionSet | null
}

/** No more than the turn has. */
export const TURN_AUTHORITY: Authority = { level: 'turn', justification: null, prefixRule: [], additional: null }
