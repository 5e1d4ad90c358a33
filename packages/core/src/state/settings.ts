import { AbsolutePath, OctavoError, stableStringify } from '@octavo/base'
import type { ThreadSettings } from '@octavo/protocol'

/** Settings of a loaded thread. An override is checked as a whole and then taken as a whole. */
export class Settings {
  #current: ThreadSettings
  readonly #changed: (previous: ThreadSettings, next: ThreadSettings) => void

  /** `changed` is told after an override was taken that made a difference. */
  constructor(initial: ThreadSettings, changed: (previous: ThreadSettings, next: ThreadSettings) => void = () => {}) {
    this.#current = Object.freeze({ ...initial })
    this.#changed = changed
  }

  get current(): ThreadSettings {
    return this.#current
  }

  /** What an override would give, without taking it. @throws OctavoError `invalid_settings` naming the key */
  preview(overrides: Partial<ThreadSettings>): ThreadSettings {
    const next = { ...this.#current, ...withoutAbsent(overrides) }
    if (next.model.trim() === '') throw new OctavoError('invalid_settings', 'invalid thread settings override: model must not be empty')
    checkPath('cwd', next.cwd)
    for (const root of next.workspaceRoots) checkPath('workspaceRoots', root)
    // A directory change moves the first root with it, unless the roots were given too.
    const moved = overrides.cwd !== undefined && overrides.workspaceRoots === undefined
    return Object.freeze(moved ? { ...next, workspaceRoots: [next.cwd, ...next.workspaceRoots.slice(1)] } : next)
  }

  commit(next: ThreadSettings): void {
    const previous = this.#current
    this.#current = next
    if (stableStringify(previous) !== stableStringify(next)) this.#changed(previous, next)
  }
}

function withoutAbsent(overrides: Partial<ThreadSettings>): Partial<ThreadSettings> {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
}

function checkPath(key: string, path: string): void {
  try {
    AbsolutePath.from(path)
  } catch (cause) {
    throw new OctavoError('invalid_settings', `invalid thread settings override: ${key} must be an absolute path, got "${path}"`, { cause })
  }
}
