import { UsageError } from './error.ts'
import type { Brand } from './ids.ts'

/**
 * An absolute path in lexical normal form: `/` between segments, no `.` or `..`, no doubled or trailing slash except in a root.
 *
 * A root is `/`, or a Windows drive with its letter in upper case, `C:/`. Symbolic links are not looked at, and case is kept.
 */
export type AbsolutePath = Brand<string, 'AbsolutePath'>

/** The only maker of an `AbsolutePath`. */
export const AbsolutePath: {
  /**
   * Normalises an absolute path. Backslashes separate only after a Windows drive; elsewhere they belong to the name.
   *
   * @throws UsageError `path_not_absolute` (a drive without a slash, such as `C:x`, is relative) or `path_invalid` for a NUL character
   */
  from(text: string): AbsolutePath
} = {
  from: (text) => {
    const split = splitRoot(text)
    if (split === null) throw new UsageError('path_not_absolute', `path ${JSON.stringify(text)} is not absolute`, { data: { path: text } })
    return normalise(split.root, split.rest)
  },
}

/**
 * `relative` seen from `base`, folded lexically; `..` above the root stays at the root. An absolute `relative` wins: `/x` from the root
 * of the same drive, and a drive path only where `base` has a drive.
 *
 * @throws UsageError `path_invalid` for a NUL character
 */
export function joinPath(base: AbsolutePath, relative: string): AbsolutePath {
  const { root, rest } = rootOf(base)
  if (root === '/') return normalise(root, relative.startsWith('/') ? relative : `${rest}/${relative}`)
  const absolute = splitRoot(relative)
  if (absolute !== null && absolute.root !== '/') return normalise(absolute.root, absolute.rest)
  const slashed = relative.replaceAll('\\', '/')
  return normalise(root, slashed.startsWith('/') ? slashed : `${rest}/${slashed}`)
}

/** The directory that holds `path`; a root holds itself. */
export function dirnamePath(path: AbsolutePath): AbsolutePath {
  const { root, rest } = rootOf(path)
  return `${root}${rest.slice(0, Math.max(0, rest.lastIndexOf('/')))}` as AbsolutePath // a prefix of a normal form at a segment's end
}

/** The last segment; empty for a root. */
export function basenamePath(path: AbsolutePath): string {
  const { rest } = rootOf(path)
  return rest.slice(rest.lastIndexOf('/') + 1)
}

/** The shortest text with `joinPath(from, text) === to`: empty when they are equal, and `to` itself on another drive. */
export function relativePath(from: AbsolutePath, to: AbsolutePath): string {
  const start = rootOf(from)
  const end = rootOf(to)
  if (start.root !== end.root) return to
  const up = segments(start.rest)
  const down = segments(end.rest)
  let shared = 0
  while (shared < up.length && shared < down.length && up[shared] === down[shared]) shared += 1
  return [...up.slice(shared).fill('..'), ...down.slice(shared)].join('/')
}

/** True when `child` is `parent` or below it, by text alone: resolve symbolic links before deciding on access. */
export function isInside(parent: AbsolutePath, child: AbsolutePath): boolean {
  return child === parent || child.startsWith(parent.endsWith('/') ? parent : `${parent}/`)
}

interface SplitPath {
  /** `/` or `C:/`. */
  readonly root: string
  readonly rest: string
}

function splitRoot(text: string): SplitPath | null {
  if (text.startsWith('/')) return { root: '/', rest: text.slice(1) }
  if (!/^[A-Za-z]:[\\/]/.test(text)) return null
  return { root: `${text.slice(0, 1).toUpperCase()}:/`, rest: text.slice(3).replaceAll('\\', '/') }
}

function rootOf(path: AbsolutePath): SplitPath {
  const length = path.startsWith('/') ? 1 : 3
  return { root: path.slice(0, length), rest: path.slice(length) }
}

function normalise(root: string, rest: string): AbsolutePath {
  if (rest.includes('\0')) throw new UsageError('path_invalid', `path ${JSON.stringify(root + rest)} contains a NUL character`)
  const kept: string[] = []
  for (const segment of segments(rest)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `${root}${kept.join('/')}` as AbsolutePath // the one place where the normal form is made
}

function segments(rest: string): string[] {
  return rest.split('/').filter((segment) => segment !== '')
}
