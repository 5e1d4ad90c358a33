import type { ReplacedFile } from './replace.ts'

/** Lines of context around a change. */
const RADIUS = 1

/**
 * What all changes of one file together may cost to be made small, as the square of the lines compared; beyond it the rest is shown as
 * removed and added whole. A bound by work, not by time, so that the same patch always gives the same text.
 */
const COMPARISON_BUDGET = 4_000_000

/** Lines with their endings: `removed` from line `start` on give way to `added`. */
interface Change {
  readonly start: number
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** The hunks of a unified diff, one line of context each, without file headers; empty when nothing changed. */
export async function unifiedDiff(file: ReplacedFile): Promise<string> {
  const { lines, changes } = lineFeedLines(file)
  return hunksOf(lines, await smallest(changes))
}

/** The change in terms of LF, which is what a diff knows: with lone CR in the file, or no ending at its end, its lines are not ours. */
function lineFeedLines({ before, replacements, content }: ReplacedFile): {
  readonly lines: readonly string[]
  readonly changes: readonly Change[]
} {
  if (before.endings.includes('\r') || before.endings.at(-1) === '') {
    const lines = cutAtLineFeeds(before.texts.map((text, index) => text + (before.endings[index] ?? '')).join(''))
    return { lines, changes: [{ start: 0, removed: lines, added: cutAtLineFeeds(content) }] }
  }
  const lines = before.texts.map((text, index) => text + (before.endings[index] ?? ''))
  const changes = replacements.map(({ start, count, added }) => ({
    start,
    removed: lines.slice(start, start + count),
    added: added.map((text) => text + before.preferred),
  }))
  return { lines, changes }
}

function cutAtLineFeeds(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

/** Takes out of each change what is equal on both sides. */
async function smallest(changes: readonly Change[]): Promise<readonly Change[]> {
  const small: Change[] = []
  let budget = COMPARISON_BUDGET
  for (const change of changes.map(trimmed)) {
    const cost = (change.removed.length + change.added.length) ** 2
    if (change.removed.length > 0 && change.added.length > 0 && cost > 4 && cost <= budget) {
      budget -= cost
      for (const part of await split(change)) small.push(part)
    } else if (change.removed.length > 0 || change.added.length > 0) small.push(change)
  }
  return small
}

function trimmed({ start, removed, added }: Change): Change {
  const most = Math.min(removed.length, added.length)
  let head = 0
  while (head < most && removed[head] === added[head]) head += 1
  let tail = 0
  while (tail < most - head && removed.at(-1 - tail) === added.at(-1 - tail)) tail += 1
  return { start: start + head, removed: removed.slice(head, removed.length - tail), added: added.slice(head, added.length - tail) }
}

async function split({ start, removed, added }: Change): Promise<readonly Change[]> {
  const { diffArrays } = await import('diff')
  const parts: Change[] = []
  let at = start
  let open: { removed: string[]; added: string[] } | null = null
  for (const part of diffArrays([...removed], [...added])) {
    if (part.added || part.removed) {
      open ??= { removed: [], added: [] }
      for (const line of part.value) (part.added ? open.added : open.removed).push(line)
      continue
    }
    if (open !== null) {
      parts.push({ start: at, ...open })
      at += open.removed.length
      open = null
    }
    at += part.value.length
  }
  if (open !== null) parts.push({ start: at, ...open })
  return parts
}

function hunksOf(lines: readonly string[], changes: readonly Change[]): string {
  const text: string[] = []
  /** Lines added less lines removed so far: how far the new file is ahead of the old. */
  let shift = 0
  for (let first = 0; first < changes.length;) {
    let next = first + 1
    while (next < changes.length && startOf(changes[next]) - endOf(changes[next - 1]) <= 2 * RADIUS) next += 1
    const hunk = changes.slice(first, next)
    const from = Math.max(0, startOf(hunk[0]) - RADIUS)
    const to = Math.min(lines.length, endOf(hunk.at(-1)) + RADIUS)
    const growth = hunk.reduce((sum, { removed, added }) => sum + added.length - removed.length, 0)
    text.push(`@@ -${range(from, to - from)} +${range(from + shift, to - from + growth)} @@\n`)
    let at = from
    for (const { start, removed, added } of hunk) {
      for (; at < start; at += 1) text.push(diffLine(' ', lines[at] ?? ''))
      for (const line of removed) text.push(diffLine('-', line))
      for (const line of added) text.push(diffLine('+', line))
      at += removed.length
    }
    for (; at < to; at += 1) text.push(diffLine(' ', lines[at] ?? ''))
    shift += growth
    first = next
  }
  return text.join('')
}

function startOf(change: Change | undefined): number {
  return change?.start ?? 0
}

function endOf(change: Change | undefined): number {
  return change === undefined ? 0 : change.start + change.removed.length
}

/** `start` counts from 0; an empty range names the line before it. */
function range(start: number, count: number): string {
  if (count === 1) return String(start + 1)
  return `${count === 0 ? start : start + 1},${count}`
}

function diffLine(sign: ' ' | '-' | '+', line: string): string {
  return line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`
}
