import { type AbsolutePath, stableStringify } from '@octavo/base'
import type { Authority, Effect } from '@octavo/extension-api'
import type { PermissionSet, TerminalId } from '@octavo/protocol'
import { basenameOf, isInstalledProgram } from './command/program.ts'
import { shellCall, splitCommands } from './command/split.ts'

/**
 * What "approved for this session" is remembered under. Two calls share a key only when they would do the same: one plain command is
 * its words, however it was quoted and whichever shell was to read it; any other script is its text.
 */
export function commandKey(effect: Extract<Effect, { kind: 'exec' }>, { level, additional }: Authority): string {
  const { cwd, tty } = effect
  return stableStringify({ kind: 'exec', command: canonicalCommand(effect.command), cwd, tty, level, ...wider(level, additional) })
}

export function writeKey(path: AbsolutePath): string {
  return stableStringify({ kind: 'write', path })
}

export function externalKey(server: string, tool: string): string {
  return stableStringify({ kind: 'external', server, tool })
}

export function hostKey(host: string): string {
  return stableStringify({ kind: 'network', host })
}

export function terminalKey(id: TerminalId): string {
  return stableStringify({ kind: 'terminal', id })
}

type Canonical = { readonly words: readonly string[] } | { readonly shell: string; readonly flag: string; readonly script: string }

function canonicalCommand(argv: readonly string[]): Canonical {
  const call = shellCall(argv)
  if (call === null || !isInstalledProgram(call.program)) return { words: argv }
  const [only, ...more] = splitCommands(argv) ?? []
  // A glob and the same characters in quotes have equal words and do different things.
  if (only !== undefined && more.length === 0 && !only.words.some(({ expands }) => expands))
    return { words: only.words.map(({ text }) => text) }
  return { shell: basenameOf(call.program), flag: call.flag, script: call.script }
}

function wider(level: Authority['level'], additional: PermissionSet | null): { readonly additional?: PermissionSet } {
  return level === 'additional' && additional !== null ? { additional } : {}
}
