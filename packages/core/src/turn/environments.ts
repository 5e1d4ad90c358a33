import type { AbsolutePath } from '@octavo/base'
import type { ShellInfo, Workspace } from '@octavo/extension-api'
import type { EnvironmentId, TurnSettings } from '@octavo/protocol'
import type { EnginePorts } from '../engine/ports.ts'

/** One place where tools act. */
export interface Environment {
  readonly id: EnvironmentId
  readonly cwd: AbsolutePath
  /** Unrestricted; tools get it restricted to their grant. */
  readonly workspace: Workspace
}

/** Where the tools of a turn act. */
export interface Environments {
  /** The first of those that were selected, else the host's own. */
  readonly primary: Environment
  /** Null: none were selected. Empty: nothing can be run or changed. */
  readonly selected: readonly Environment[] | null
}

export function openEnvironments({ environments, cwd }: TurnSettings, { workspace: open }: Pick<EnginePorts, 'workspace'>): Environments {
  const selected = environments?.map((one) => ({ ...one, workspace: open(one.cwd, one.id) })) ?? null
  const [first] = selected ?? []
  if (first !== undefined) return { primary: first, selected }
  const workspace = open(cwd, null)
  return { primary: { id: workspace.id, cwd, workspace }, selected }
}

/** The environment of an id, the primary one for null; null when there is none. */
export function environmentOf({ primary, selected }: Environments, id: EnvironmentId | null): Environment | null {
  if (id === null || id === primary.id) return primary
  return selected?.find((one) => one.id === id) ?? null
}

/** For what is told to the model; absent when none were selected. */
export function toldEnvironments({ selected }: Environments): {
  readonly environments?: readonly { readonly id: EnvironmentId; readonly cwd: AbsolutePath; readonly shell: ShellInfo }[]
} {
  if (selected === null) return {}
  return { environments: selected.map(({ id, cwd, workspace }) => ({ id, cwd, shell: workspace.processes.shell })) }
}
