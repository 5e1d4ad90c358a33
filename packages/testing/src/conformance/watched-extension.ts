import type { Extension } from '@octavo/extension-api'

/** One call of a contributor. */
export interface ContributorSeen {
  /** Kind and method. */
  readonly name: string
  /** What it made of it, as a promise whether it was one or not. */
  readonly made: Promise<unknown>
}

/** The same extension, whose contributors are seen when they are called. */
export function watchedExtension(extension: Extension, seen: (call: ContributorSeen) => void): Extension {
  const contributes = Object.entries(extension.contributes).map(([kind, offer]: [string, unknown]) => [kind, watched(kind, offer, seen)])
  // Each offer behaves as before.
  return { ...extension, contributes: Object.fromEntries(contributes) as Extension['contributes'] }
}

function watched(kind: string, offer: unknown, seen: (call: ContributorSeen) => void): unknown {
  // A list of tools has no contributors in it: handlers are called for the model.
  if (kind === 'tools' && Array.isArray(offer)) return offer
  if (Array.isArray(offer)) return offer.map((each: unknown) => watched(kind, each, seen))
  if (typeof offer !== 'object' || offer === null) return offer
  return new Proxy(offer, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]): unknown => {
        const made = attempt(() => Reflect.apply(member, target, given) as unknown)
        seen({ name: `${kind}.${String(key)}`, made: promised(made) })
        if ('error' in made) throw made.error
        return made.value
      }
    },
  })
}

type Attempt = { readonly value: unknown } | { readonly error: unknown }

function attempt(work: () => unknown): Attempt {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

async function promised(made: Attempt): Promise<unknown> {
  return 'error' in made ? null : await Promise.resolve(made.value).catch(() => null)
}
