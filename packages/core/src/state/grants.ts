import { NO_PERMISSIONS } from '@octavo/protocol'
import type { PermissionSet } from '@octavo/protocol'

/** What the user approved for the whole session, by canonical key. */
export class Grants {
  readonly #keys = new Set<string>()

  /** True when every key was approved; an empty list never is. */
  covers(keys: readonly string[]): boolean {
    return keys.length > 0 && keys.every((key) => this.#keys.has(key))
  }

  remember(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key)
  }

  /** Permissions given beside the profile. */
  get permissions(): PermissionSet {
    return NO_PERMISSIONS
  }
}
