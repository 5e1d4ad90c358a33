import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { NO_PERMISSIONS } from '@octavo/protocol'
import type { ThreadId } from '@octavo/protocol'
import { isPermissionSet } from '../asking/answer-value.ts'
import type { ExtensionSaves } from '../state/extension-saves.ts'
import type { SessionGrants } from '../state/grants.ts'

/** What the engine keeps with its threads stands beside what extensions keep. */
const [EXTENSION, KEY] = ['octavo', 'grants']

/** Keeps with a thread what people gave it for the session, so that a resume has it. */
export function keepGrants(saves: ExtensionSaves, thread: ThreadId, { keys, permissions }: SessionGrants): void {
  const { network, read, write } = permissions
  const value: JsonValue = { thread, keys: [...keys], permissions: { network, read: [...read], write: [...write] } }
  saves.set(EXTENSION, KEY, value)
}

/** What was given to this very thread; null for none. What a fork finds was given to the thread it was made of, and is not its own. */
export function keptGrants(saves: ExtensionSaves, thread: ThreadId): SessionGrants | null {
  const value = saves.get(EXTENSION, KEY)
  if (!isRecord(value) || value['thread'] !== thread) return null
  const { keys } = value
  const permissions: unknown = value['permissions']
  return {
    keys: Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [],
    permissions: isPermissionSet(permissions) ? permissions : NO_PERMISSIONS,
  }
}
