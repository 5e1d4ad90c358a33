import { escapeXml, isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { WorldStateInput, WorldStateSection } from '@octavo/extension-api'
import type { PermissionProfile } from '@octavo/protocol'

/** Where the agent works: directory and shell, or several of them, date, what may be written and whether there is network. */
export const environmentSection: WorldStateSection = {
  id: 'environments',
  slot: 'user',
  capture: (input) => ({
    ...placesOf(input),
    ...(input.today === null ? {} : { current_date: input.today.date, timezone: input.today.timezone }),
    network: networkOf(input.settings.permissions),
    workspace_roots: [...input.settings.workspaceRoots],
  }),
  render: (current, previous) => (isRecord(current) ? renderEnvironment(current as JsonObject, previous) : null),
}

/** One place is a directory and a shell; several, or none at all, are a list. */
function placesOf({ settings, shell, environments }: WorldStateInput): JsonObject {
  if (settings.environments === null || settings.environments.length === 1) return { cwd: settings.cwd, shell: shell.kind }
  return {
    environments: settings.environments.map(({ id, cwd }) => ({
      id,
      cwd,
      shell: environments?.find((one) => one.id === id)?.shell.kind ?? shell.kind,
    })),
  }
}

function networkOf(permissions: PermissionProfile): string {
  return permissions.type === 'disabled' ? 'enabled' : permissions.network
}

/** After the first telling only what changed is told again. */
function changedOf(current: JsonObject, previous: JsonValue | null | undefined): JsonObject {
  if (!isRecord(previous)) return current
  return Object.fromEntries(Object.entries(current).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(previous[key])))
}

function renderEnvironment(current: JsonObject, previous: JsonValue | null | undefined): string | null {
  const state = changedOf(current, previous)
  const lines: string[] = []
  for (const key of ['cwd', 'shell']) lines.push(...textLine(key, state[key]))
  lines.push(...environmentLines(state['environments'], isRecord(previous) ? previous['environments'] : undefined, current))
  for (const key of ['current_date', 'timezone']) lines.push(...textLine(key, state[key]))
  if (typeof state['network'] === 'string') lines.push(`  <network enabled="${state['network'] === 'enabled'}"></network>`)
  const roots = state['workspace_roots']
  if (Array.isArray(roots)) {
    const inner = roots.map((root) => `<root>${escapeXml(String(root))}</root>`).join('')
    lines.push(`  <filesystem><workspace_roots>${inner}</workspace_roots></filesystem>`)
  }
  return lines.length === 0 ? null : `<environment_context>\n${lines.join('\n')}\n</environment_context>`
}

function textLine(key: string, value: unknown): readonly string[] {
  return typeof value === 'string' ? [`  <${key}>${escapeXml(value)}</${key}>`] : []
}

/** The list when it changed, with those that are there no more; a list that gave way to one place has only the latter. */
function environmentLines(changed: unknown, before: unknown, current: JsonObject): readonly string[] {
  const now = places(changed)
  if (now === null && (current['environments'] !== undefined || places(before) === null)) return []
  const gone = (places(before) ?? []).filter(({ id }) => now?.every((one) => one.id !== id) ?? true)
  const lines = (now ?? []).map(
    ({ id, cwd, shell }, index) =>
      `    <environment id="${escapeXml(id)}" primary="${index === 0}"><cwd>${escapeXml(cwd)}</cwd><shell>${escapeXml(shell)}</shell></environment>`,
  )
  const lost = gone.map(({ id }) => `    <environment id="${escapeXml(id)}" status="unavailable"></environment>`)
  return ['  <environments>', ...lines, ...lost, '  </environments>']
}

function places(value: unknown): readonly { readonly id: string; readonly cwd: string; readonly shell: string }[] | null {
  if (!Array.isArray(value)) return null
  // Written by `placesOf`, in this process or another.
  return value.filter(isRecord).map(({ id, cwd, shell }) => ({ id: String(id), cwd: String(cwd), shell: String(shell) }))
}
