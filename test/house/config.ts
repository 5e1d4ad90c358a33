/** The shape of `house.config.json`. Paths are relative to the root of the repository; `*` is a name, `**` any depth. */
export interface HouseConfig {
  readonly maxSourceLines: number
  /** Lines of source of all packages together, tests excluded. */
  readonly totalBudget: number
  readonly packages: Readonly<Record<string, PackageRow>>
  /** Who may list `@octavo/testing` as a development dependency. */
  readonly testingUsers: { readonly packages: readonly string[]; readonly reason: string }
  readonly bans: readonly Ban[]
  readonly privateFiles: readonly { readonly file: string; readonly onlyFrom: string; readonly reason: string }[]
  /** Packages that may be imported as `import * as x` or by `import type` only. */
  readonly starOnly: readonly { readonly name: string; readonly reason: string }[]
  /** Files from which these packages must not be reachable by static imports of values. */
  readonly coldEntries: readonly { readonly file: string; readonly never: readonly string[]; readonly reason: string }[]
}

export interface PackageRow {
  readonly dir: string
  /** Named before it is built: there is no such folder yet. */
  readonly planned?: true
  readonly layer: number
  readonly ours: readonly string[]
  readonly others: readonly OtherPackage[]
  /** Whether `node:` modules may be imported. */
  readonly node: boolean
  readonly entries: readonly string[]
}

interface OtherPackage {
  readonly name: string
  /** Loaded by `import()` inside the function that needs it; types are free. */
  readonly lazy?: boolean
  readonly optional?: boolean
  readonly peer?: boolean
  /** Files of the package that may import values of it; types are free. */
  readonly valueOnlyIn?: readonly string[]
}

interface Ban {
  readonly id: string
  readonly what: string
  /** Absent: every package. */
  readonly packages?: readonly string[]
  /** Regular expressions over code without comments and strings. */
  readonly patterns: readonly string[]
  readonly allow: readonly { readonly path: string; readonly reason: string }[]
}

export function matchesPath(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)))
    .join('')
  return new RegExp(`^${source}$`).test(path)
}
