import { AbsolutePath, type Clock } from '@octavo/base'
import type { ExtensionState, ItemReporter, PlanContext, StateKey, ToolContext, Workspace } from '@octavo/extension-api'
import type { CallId, EnvironmentId, TurnItem } from '@octavo/protocol'
import type { MemoryFiles } from './memory-files.ts'

const CWD: AbsolutePath = AbsolutePath.from('/w')

/** Items as they were told, in order. */
export class ItemLog implements ItemReporter {
  readonly told: (readonly ['update' | 'complete', TurnItem])[] = []

  delta(): void {}

  update(item: TurnItem): void {
    this.told.push(['update', item])
  }

  complete(item: TurnItem): void {
    this.told.push(['complete', item])
  }
}

/** State of one turn. */
export function turnState(): ExtensionState {
  const values = new Map<symbol, unknown>()
  return {
    levelId: (level) => level,
    get<T>(key: StateKey<T>): T {
      if (!values.has(key.symbol)) values.set(key.symbol, key.initial())
      return values.get(key.symbol) as T
    },
    set: (key, value) => void values.set(key.symbol, value),
  }
}

/** A clock that moves by `stepMs` whenever it is read. */
export function steppingClock(stepMs: number): Clock {
  let now = 0
  return { now: () => now, monotonic: () => (now += stepMs), sleep: () => Promise.resolve() }
}

function workspaceOf(files: MemoryFiles): Workspace {
  const workspace: Workspace = {
    id: 'local' as EnvironmentId,
    cwd: CWD,
    files,
    processes: { shell: { path: '/bin/sh', kind: 'sh' }, hasTty: false, spawn: () => Promise.reject(new Error('no processes')) },
    restrict: () => workspace,
  }
  return workspace
}

/** What the tools of these tests use of a context; reading anything else fails the test. */
export function planContext(files: MemoryFiles, changes: Partial<PlanContext> = {}): PlanContext {
  const used: Partial<PlanContext> = {
    callId: 'call_1' as CallId,
    cwd: CWD,
    files,
    mode: 'default',
    modalities: ['text', 'image'],
    signal: new AbortController().signal,
    ...changes,
  }
  return strict(used)
}

export function toolContext(files: MemoryFiles, changes: Partial<ToolContext> = {}): ToolContext {
  const used: Partial<ToolContext> = {
    callId: 'call_1' as CallId,
    cwd: CWD,
    attempt: 1,
    item: null,
    autoApproved: true,
    workspace: workspaceOf(files),
    items: new ItemLog(),
    state: turnState(),
    clock: steppingClock(0),
    signal: new AbortController().signal,
    ...changes,
  }
  return strict(used)
}

function strict<T extends object>(used: Partial<T>): T {
  // Whatever is missing throws when it is read, so the rest of T is never seen.
  return new Proxy(used, {
    get(target, key) {
      if (!(key in target)) throw new Error(`the context of this test has no ${String(key)}`)
      return Reflect.get(target, key)
    },
  }) as T
}
