import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { AbsolutePath, type Clock, dirnamePath, joinPath, raceSignal } from '@octavo/base'

/** Where a root has protected names. */
export interface FoundNames {
  /** Resolved; among them what a name only points to, inside the root or not. */
  readonly paths: readonly AbsolutePath[]
  /** The search ended before it had seen all directories. */
  readonly isCut: boolean
}

/**
 * Finds protected names below directories, and keeps what it has seen: looking again costs one look at each directory, and within ten
 * seconds nothing. Who may have made directories meanwhile says so.
 */
export interface NameFinder {
  /** @throws CancelledError */
  find(root: AbsolutePath, names: readonly string[], signal: AbortSignal): Promise<FoundNames>
  /** A command that could write below `root` has ended: looks again, while nobody waits for it yet. */
  refresh(root: AbsolutePath): void
}

export interface NameFinderLimits {
  readonly maxDirectories: number
  readonly maxMs: number
}

/** Enough for a large repository with its dependencies, and short enough to wait for. */
const LIMITS: NameFinderLimits = { maxDirectories: 20_000, maxMs: 200 }

export function createNameFinder(clock: Clock, limits: NameFinderLimits = LIMITS): NameFinder {
  return new CachedNameFinder(clock, limits)
}

/** What a directory held, as long as its change time stays. */
interface Listing {
  readonly changed: bigint
  readonly directories: readonly string[]
  readonly named: readonly string[]
}

interface Place {
  readonly root: AbsolutePath
  readonly names: readonly string[]
  listings: ReadonlyMap<AbsolutePath, Listing>
  current: Promise<FoundNames>
  startedAt: number
}

/** What others than confined commands made shows after this time. */
const maxAgeMs = 10_000
/** Workspaces whose directories are kept in mind. */
const maxPlaces = 8
/** How long others are kept waiting at a time. */
const sliceMs = 10
/** A change so close to the look may have come after it and not show. */
const unsettledMs = 20

class CachedNameFinder implements NameFinder {
  readonly #clock: Clock
  readonly #limits: NameFinderLimits
  /** The least recently used first. */
  readonly #places = new Map<string, Place>()

  constructor(clock: Clock, limits: NameFinderLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  async find(root: AbsolutePath, names: readonly string[], signal: AbortSignal): Promise<FoundNames> {
    const key = JSON.stringify([root, names])
    const known = this.#places.get(key)
    const place = known ?? { root, names, listings: new Map(), current: NOTHING, startedAt: -Infinity }
    this.#places.delete(key)
    this.#places.set(key, place)
    for (const oldest of this.#places.keys()) if (this.#places.size > maxPlaces) this.#places.delete(oldest)
    if (this.#clock.monotonic() - place.startedAt > maxAgeMs) this.#lookAgain(place)
    return await raceSignal(place.current, signal)
  }

  refresh(root: AbsolutePath): void {
    for (const place of this.#places.values()) if (place.root === root) this.#lookAgain(place)
  }

  /** A look that is under way may have passed by what is to be seen now. */
  #lookAgain(place: Place): void {
    place.startedAt = this.#clock.monotonic()
    place.current = place.current.then(() => this.#lookAround(place))
  }

  async #lookAround(place: Place): Promise<FoundNames> {
    const seen = new Map<AbsolutePath, Listing>()
    const startedAt = this.#clock.monotonic()
    let pausedAt = startedAt
    const found: AbsolutePath[] = []
    // Breadth first: what is cut off then lies deepest.
    const waiting: AbsolutePath[] = [place.root]
    let looked = 0
    let isCut = false
    for (const directory of waiting) {
      const now = this.#clock.monotonic()
      isCut = looked >= this.#limits.maxDirectories || now - startedAt > this.#limits.maxMs
      if (isCut) break
      if (now - pausedAt > sliceMs) {
        await this.#clock.sleep(0, NEVER)
        pausedAt = this.#clock.monotonic()
      }
      looked += 1
      const listing = this.#look(directory, place.names, place.listings.get(directory))
      if (listing === null) continue
      if (listing.isSettled) seen.set(directory, listing)
      for (const name of listing.directories) waiting.push(below(directory, name))
      for (const name of listing.named) found.push(below(directory, name))
    }
    place.listings = seen
    return { paths: [...new Set(found.flatMap(whole))], isCut }
  }

  #look(
    directory: AbsolutePath,
    names: readonly string[],
    before: Listing | undefined,
  ): (Listing & { readonly isSettled: boolean }) | null {
    try {
      const { ctimeNs: changed } = lstatSync(directory, { bigint: true })
      if (before?.changed === changed) return { ...before, isSettled: true }
      const directories: string[] = []
      const named: string[] = []
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        if (names.includes(entry.name.toLowerCase())) named.push(entry.name)
        else if (entry.isDirectory()) directories.push(entry.name)
      }
      return { changed, directories, named, isSettled: this.#clock.now() - Number(changed / 1_000_000n) > unsettledMs }
    } catch {
      return null // gone meanwhile, or closed to us, and then to a command of the same user too
    }
  }
}

const NEVER = new AbortController().signal
const NOTHING: Promise<FoundNames> = Promise.resolve({ paths: [], isCut: false })

/** A link cannot be mounted over, so only what it leads to is kept. */
function whole(path: AbsolutePath): readonly AbsolutePath[] {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink ? leadsTo(path) : [path, ...leadsTo(path)]
}

/** A name that was just listed: nothing in it needs to be folded. */
function below(directory: AbsolutePath, name: string): AbsolutePath {
  return joinPath(directory, name)
}

/** The longest file that is taken for one that points elsewhere. */
const maxPointerBytes = 4096

/**
 * What stands behind a protected name that is no directory itself: the end of a link, or where git is told to look by a file, as it
 * makes them for worktrees and submodules. A worktree's directory points on to the one it shares with others.
 */
function leadsTo(path: AbsolutePath): readonly AbsolutePath[] {
  try {
    if (lstatSync(path).isSymbolicLink()) return [AbsolutePath.from(realpathSync(path))]
    const told = /^gitdir: (.+)$/m.exec(readPointer(path) ?? '')?.[1]
    if (told === undefined) return []
    const directory = AbsolutePath.from(realpathSync(joinPath(dirnamePath(path), told.trim())))
    const shared = readPointer(joinPath(directory, 'commondir'))?.trim()
    return [directory, ...(shared === undefined || shared === '' ? [] : [AbsolutePath.from(realpathSync(joinPath(directory, shared)))])]
  } catch {
    return [] // it leads nowhere
  }
}

function readPointer(path: AbsolutePath): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size <= maxPointerBytes ? readFileSync(path, 'utf8') : null
}
