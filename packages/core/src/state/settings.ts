import { OctavoError, stableStringify } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { ThreadSettings } from '@octavo/protocol'
import { checkSettings } from './settings-checks.ts'

export type SettingKey = keyof ThreadSettings

/** What a host's new defaults never change in a thread that is loaded: who answers it, and where it works. */
const STATIC: readonly SettingKey[] = ['provider', 'cwd', 'workspaceRoots', 'environments']

export interface LoadedSettings {
  /** Settings the thread was given itself: new defaults leave them alone. */
  readonly own: Iterable<SettingKey>
  /** Told after an override was taken that made a difference. */
  readonly changed: (previous: ThreadSettings, next: ThreadSettings) => void
}

/**
 * Settings of a thread. An override is checked as a whole and then taken as a whole. Absent leaves a setting as it is, null clears it where
 * there can be none.
 */
export class Settings {
  #current: ThreadSettings
  readonly #loaded: LoadedSettings | null
  readonly #own: Set<SettingKey>

  /** `loaded` null: of a thread that is still being put together. */
  constructor(initial: ThreadSettings, loaded: LoadedSettings | null = null) {
    this.#current = Object.freeze({ ...initial })
    this.#loaded = loaded
    this.#own = new Set(loaded?.own)
  }

  get current(): ThreadSettings {
    return this.#current
  }

  /** What an override would give, without taking it. @throws OctavoError `invalid_settings` naming the key */
  preview(overrides: Partial<ThreadSettings>): ThreadSettings {
    const given = withoutAbsent(overrides)
    checkSettings(given)
    const before = this.#current
    if (this.#loaded !== null && given.provider !== undefined && given.provider !== before.provider) {
      throw new OctavoError('invalid_settings', `invalid thread settings override: provider cannot change while the thread is loaded`, {
        data: { key: 'provider' },
      })
    }
    return Object.freeze(placed({ ...before, ...given, ...modeOf(given), ...profileOf(given, before) }, given))
  }

  /** `given`: the override that `next` was made of. */
  commit(next: ThreadSettings, given: Partial<ThreadSettings>): void {
    for (const key of Object.keys(withoutAbsent(given)) as SettingKey[]) this.#own.add(key)
    if (given.permissions !== undefined) this.#own.add('activeProfile')
    this.#take(next)
  }

  /** Takes over new defaults where the thread was given nothing itself. Null: they change nothing here. */
  refresh(defaults: Partial<ThreadSettings>): ThreadSettings | null {
    const foreign = Object.entries(withoutAbsent(defaults)).filter(([key]) => !this.#own.has(key as SettingKey) && !isStatic(key))
    const next = this.preview(Object.fromEntries(foreign))
    if (same(next, this.#current)) return null
    this.#take(next)
    return next
  }

  #take(next: ThreadSettings): void {
    const previous = this.#current
    this.#current = next
    if (!same(previous, next)) this.#loaded?.changed(previous, next)
  }
}

/** The settings a thread was given itself, or has from others than the host's defaults. */
export function ownSettings(settings: ThreadSettings, given: Partial<ThreadSettings>, defaults: ThreadSettings): readonly SettingKey[] {
  const keys = Object.keys(settings) as SettingKey[]
  return keys.filter((key) => given[key] !== undefined || !same(settings[key], defaults[key]))
}

/** A mode whose instructions are not given has its own. */
function modeOf({ collaborationMode }: Partial<ThreadSettings>): Partial<ThreadSettings> {
  if (collaborationMode === undefined) return {}
  return { collaborationMode: { mode: collaborationMode.mode, instructions: collaborationMode.instructions ?? null } }
}

/** Permissions that are changed by themselves come from no named profile any more. */
function profileOf(given: Partial<ThreadSettings>, before: ThreadSettings): Partial<ThreadSettings> {
  if (given.permissions === undefined || given.activeProfile !== undefined || same(given.permissions, before.permissions)) return {}
  return { activeProfile: null }
}

/** The directory is that of the first environment, and the first workspace root moves with it unless the roots were given too. */
function placed(next: ThreadSettings, given: Partial<ThreadSettings>): ThreadSettings {
  const [first, ...others] = next.environments ?? []
  const chosen = given.environments === undefined || given.environments === null ? undefined : given.environments[0]?.cwd
  const cwd = chosen ?? next.cwd
  const moved = (chosen !== undefined || given.cwd !== undefined) && given.workspaceRoots === undefined
  return {
    ...next,
    cwd,
    workspaceRoots: moved ? [cwd, ...next.workspaceRoots.slice(1)] : next.workspaceRoots,
    environments: first === undefined || first.cwd === cwd ? next.environments : [{ ...first, cwd }, ...others],
  }
}

function withoutAbsent(overrides: Partial<ThreadSettings>): Partial<ThreadSettings> {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
}

function isStatic(key: string): boolean {
  return (STATIC as readonly string[]).includes(key)
}

function same(left: unknown, right: unknown): boolean {
  // Settings are plain data.
  return left === right || stableStringify(left as JsonValue) === stableStringify(right as JsonValue)
}
