import type { ContributorKind, Contributors, Extension } from '@octavo/extension-api'

/** One extension with what it offers of one kind. */
export interface Member<K extends ContributorKind> {
  readonly extension: Extension
  readonly offer: Contributors[K]
}

const NOBODY: readonly never[] = []

/** Who offers what, in the order they are called in. */
export class Members {
  readonly #byKind = new Map<ContributorKind, Member<ContributorKind>[]>()

  constructor(extensions: readonly Extension[]) {
    for (const extension of extensions) {
      for (const [kind, offer] of Object.entries(extension.contributes) as [ContributorKind, Contributors[ContributorKind] | undefined][]) {
        if (offer === undefined) continue
        const known = this.#byKind.get(kind)
        if (known === undefined) this.#byKind.set(kind, [{ extension, offer }])
        else known.push({ extension, offer })
      }
    }
  }

  of<K extends ContributorKind>(kind: K): readonly Member<K>[] {
    // Each list was filled with offers of its own kind.
    return (this.#byKind.get(kind) as readonly Member<ContributorKind>[] | undefined as readonly Member<K>[] | undefined) ?? NOBODY
  }
}
