import { escapeXml, isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { WorldStateSection } from '@octavo/extension-api'
import type { PermissionProfile } from '@octavo/protocol'

/** Where the agent works: directory, shell, date, what may be written and whether there is network. */
export const environmentSection: WorldStateSection = {
  id: 'environments',
  slot: 'user',
  capture: ({ settings, shell, today }) => ({
    cwd: settings.cwd,
    shell: shell.kind,
    ...(today === null ? {} : { current_date: today.date, timezone: today.timezone }),
    network: networkOf(settings.permissions),
    workspace_roots: [...settings.workspaceRoots],
  }),
  render: (current, previous) => (isRecord(current) ? renderEnvironment(changedOf(current as JsonObject, previous)) : null),
}

function networkOf(permissions: PermissionProfile): string {
  return permissions.type === 'disabled' ? 'enabled' : permissions.network
}

/** After the first telling only what changed is told again. */
function changedOf(current: JsonObject, previous: JsonValue | null | undefined): JsonObject {
  if (!isRecord(previous)) return current
  return Object.fromEntries(Object.entries(current).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(previous[key])))
}

function renderEnvironment(state: JsonObject): string | null {
  const lines: string[] = []
  for (const key of ['cwd', 'shell', 'current_date', 'timezone']) {
    const value = state[key]
    if (typeof value === 'string') lines.push(`  <${key}>${escapeXml(value)}</${key}>`)
  }
  if (typeof state['network'] === 'string') lines.push(`  <network enabled="${state['network'] === 'enabled'}"></network>`)
  const roots = state['workspace_roots']
  if (Array.isArray(roots)) {
    const inner = roots.map((root) => `<root>${escapeXml(String(root))}</root>`).join('')
    lines.push(`  <filesystem><workspace_roots>${inner}</workspace_roots></filesystem>`)
  }
  return lines.length === 0 ? null : `<environment_context>\n${lines.join('\n')}\n</environment_context>`
}
