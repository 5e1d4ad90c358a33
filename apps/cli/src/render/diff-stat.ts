import type { FileChange } from 'octavo'

/** Lines a path gained and lost over all patches of a run. */
interface FileStat {
  readonly added: number
  readonly removed: number
}

/** Keyed by path as shown, in order of first change. */
export type DiffStat = ReadonlyMap<string, FileStat>

const MAX_BAR = 40

export function addChanges(stat: DiffStat, changes: Readonly<Record<string, FileChange>>, show: (path: string) => string): DiffStat {
  const next = new Map(stat)
  for (const [path, change] of Object.entries(changes)) {
    const { added, removed } = countLines(change)
    const isMove = change.type === 'update' && change.movePath !== null
    const name = isMove ? `${show(path)} => ${show(change.movePath ?? path)}` : show(path)
    const before = next.get(name) ?? { added: 0, removed: 0 }
    next.set(name, { added: before.added + added, removed: before.removed + removed })
  }
  return next
}

/** The table `git diff --stat` would print, as lines; none without changes. */
export function formatStat(stat: DiffStat): readonly string[] {
  if (stat.size === 0) return []
  const rows = [...stat]
  const width = Math.max(...rows.map(([path]) => path.length))
  const digits = Math.max(...rows.map(([, { added, removed }]) => String(added + removed).length))
  const most = Math.max(...rows.map(([, { added, removed }]) => added + removed))
  const scale = most > MAX_BAR ? MAX_BAR / most : 1
  const lines = rows.map(([path, { added, removed }]) => {
    const bar = '+'.repeat(barLength(added, scale)) + '-'.repeat(barLength(removed, scale))
    return ` ${path.padEnd(width)} | ${String(added + removed).padStart(digits)} ${bar}`.trimEnd()
  })
  const total = rows.reduce((sum, [, each]) => ({ added: sum.added + each.added, removed: sum.removed + each.removed }), {
    added: 0,
    removed: 0,
  })
  const parts = [plural(rows.length, 'file', 'files') + ' changed']
  if (total.added > 0) parts.push(`${plural(total.added, 'insertion', 'insertions')}(+)`)
  if (total.removed > 0) parts.push(`${plural(total.removed, 'deletion', 'deletions')}(-)`)
  return [...lines, ` ${parts.join(', ')}`]
}

function barLength(lines: number, scale: number): number {
  return lines === 0 ? 0 : Math.max(1, Math.round(lines * scale))
}

function countLines(change: FileChange): FileStat {
  if (change.type === 'add') return { added: lineCount(change.content), removed: 0 }
  if (change.type === 'delete') return { added: 0, removed: lineCount(change.content) }
  const lines = change.unifiedDiff.split('\n')
  // Only what follows a hunk header is content: a changed line may itself begin with `--` or `++`.
  const firstHunk = Math.max(
    0,
    lines.findIndex((line) => line.startsWith('@@')),
  )
  const content = lines.slice(firstHunk)
  return { added: content.filter((line) => line.startsWith('+')).length, removed: content.filter((line) => line.startsWith('-')).length }
}

function lineCount(text: string): number {
  if (text === '') return 0
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
