import { NO_PERMISSIONS } from '@octavo/protocol'
import type { PermissionSet, TurnId } from '@octavo/protocol'
import { unitePermissionSets } from '../asking/permissions.ts'

/** All that people gave for the session. */
export interface SessionGrants {
  /** Canonical keys of approvals, in the order they were given. */
  readonly keys: readonly string[]
  readonly permissions: PermissionSet
}

/** What people gave beside the settings: approvals by canonical key for the session, permissions for the session or for one turn. */
export class Grants {
  readonly #keys = new Set<string>()
  #session: PermissionSet = NO_PERMISSIONS
  readonly #keep: (grants: SessionGrants) => void
  #turn: { readonly id: TurnId; readonly permissions: PermissionSet } | null = null

  /** `kept`: what was given before the thread was loaded; `keep` is told of every change of what is for the session. */
  constructor(kept: SessionGrants | null = null, keep: (grants: SessionGrants) => void = () => {}) {
    for (const key of kept?.keys ?? []) this.#keys.add(key)
    this.#session = kept?.permissions ?? NO_PERMISSIONS
    this.#keep = keep
  }

  /** True when every key was approved; an empty list never is. */
  covers(keys: readonly string[]): boolean {
    return keys.length > 0 && keys.every((key) => this.#keys.has(key))
  }

  remember(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key)
    if (keys.length > 0) this.#keep(this.list())
  }

  list(): SessionGrants {
    return { keys: [...this.#keys], permissions: this.#session }
  }

  /** Takes back an approval; false when there is none of this key. */
  revoke(key: string): boolean {
    const had = this.#keys.delete(key)
    if (had) this.#keep(this.list())
    return had
  }

  /** Takes back all permissions, those of the running turn as well. What was started with them keeps them. */
  revokePermissions(): void {
    this.#session = NO_PERMISSIONS
    this.#turn = null
    this.#keep(this.list())
  }

  /** Adds to what was given before. */
  give(permissions: PermissionSet, scope: 'turn' | 'session', turnId: TurnId): void {
    if (scope === 'session') {
      this.#session = unitePermissionSets(this.#session, permissions)
      this.#keep(this.list())
    } else this.#turn = { id: turnId, permissions: unitePermissionSets(this.#ofTurn(turnId), permissions) }
  }

  /** Permissions that hold in this turn beside its profile. Those of another turn are gone. */
  permissionsIn(turnId: TurnId): PermissionSet {
    return unitePermissionSets(this.#session, this.#ofTurn(turnId))
  }

  #ofTurn(turnId: TurnId): PermissionSet {
    return this.#turn?.id === turnId ? this.#turn.permissions : NO_PERMISSIONS
  }
}
