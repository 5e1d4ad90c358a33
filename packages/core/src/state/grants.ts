import { NO_PERMISSIONS } from '@octavo/protocol'
import type { PermissionSet, TurnId } from '@octavo/protocol'
import { unitePermissionSets } from '../asking/permissions.ts'

/** What people gave beside the settings: approvals by canonical key for the session, permissions for the session or for one turn. */
export class Grants {
  readonly #keys = new Set<string>()
  #session: PermissionSet = NO_PERMISSIONS
  #turn: { readonly id: TurnId; readonly permissions: PermissionSet } | null = null

  /** True when every key was approved; an empty list never is. */
  covers(keys: readonly string[]): boolean {
    return keys.length > 0 && keys.every((key) => this.#keys.has(key))
  }

  remember(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key)
  }

  /** Adds to what was given before. */
  give(permissions: PermissionSet, scope: 'turn' | 'session', turnId: TurnId): void {
    if (scope === 'session') this.#session = unitePermissionSets(this.#session, permissions)
    else this.#turn = { id: turnId, permissions: unitePermissionSets(this.#ofTurn(turnId), permissions) }
  }

  /** Permissions that hold in this turn beside its profile. Those of another turn are gone. */
  permissionsIn(turnId: TurnId): PermissionSet {
    return unitePermissionSets(this.#session, this.#ofTurn(turnId))
  }

  #ofTurn(turnId: TurnId): PermissionSet {
    return this.#turn?.id === turnId ? this.#turn.permissions : NO_PERMISSIONS
  }
}
