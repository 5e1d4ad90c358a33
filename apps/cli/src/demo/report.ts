import { type EventEnvelope, type FileChangeTurnItem, AbsolutePath, relativePath } from 'octavo'
import { showCommand } from '../render/command-line.ts'
import { printable, type Style } from '../render/style.ts'
import { TEST_COMMAND } from './script.ts'

/** What the demo has to know of its own run. */
export interface Evidence {
  /** Exit codes of the test as the engine ran it, in order. */
  readonly testExits: readonly (number | null)[]
  readonly patches: readonly FileChangeTurnItem[]
}

export const NO_EVIDENCE: Evidence = { testExits: [], patches: [] }

export function addEvidence(evidence: Evidence, { event }: EventEnvelope): Evidence {
  if (event.type !== 'item.completed' || event.withdrawn) return evidence
  const { item } = event
  if (item.type === 'commandExecution' && showCommand(item.command) === TEST_COMMAND)
    return { ...evidence, testExits: [...evidence.testExits, item.exitCode] }
  return item.type === 'fileChange' && item.status === 'completed' ? { ...evidence, patches: [...evidence.patches, item] } : evidence
}

/** The patches as a unified diff, as lines. */
export function showDiff(patches: readonly FileChangeTurnItem[], dir: string, style: Style): readonly string[] {
  return patches.flatMap(({ changes }) =>
    Object.entries(changes).flatMap(([path, change]) => {
      const name = printable(relativePath(AbsolutePath.from(dir), AbsolutePath.from(path)))
      if (change.type !== 'update') return [style.bold(`${change.type === 'add' ? '+++' : '---'} ${name}`)]
      const lines = printable(change.unifiedDiff).trimEnd().split('\n')
      const hunks = lines.slice(
        Math.max(
          0,
          lines.findIndex((line) => line.startsWith('@@')),
        ),
      )
      return [style.bold(`--- a/${name}`), style.bold(`+++ b/${name}`), ...hunks.map((line) => colorLine(line, style))]
    }),
  )
}

function colorLine(line: string, style: Style): string {
  if (line.startsWith('@@')) return style.cyan(line)
  if (line.startsWith('+')) return style.green(line)
  return line.startsWith('-') ? style.red(line) : line
}
