import type { RolloutReport } from '../lookup.ts'
import { openRollout } from './compressed.ts'
import { unreadable } from './failures.ts'
import type { StoreFiles } from './files.ts'
import type { RolloutPlace } from './locate.ts'
import { readRecords } from './records.ts'

/** Reads a thread's own file through and counts. @throws StoreError `unreadable` when it cannot be opened or read */
export async function inspectRollout(files: StoreFiles, place: RolloutPlace): Promise<RolloutReport> {
  await using file = await openRollout(files, place)
  const opaque = new Map<string, number>()
  let records = 0
  let unreadableLines = 0
  let torn = false
  const onDamage = ({ kind }: { readonly kind: 'torn' | 'unreadable' }): void => {
    if (kind === 'torn') torn = true
    else unreadableLines += 1
  }
  try {
    for await (const block of readRecords(file, { onDamage })) {
      records += block.length
      for (const { line } of block) {
        if (line.item.type === 'opaque') opaque.set(line.item.recordType, (opaque.get(line.item.recordType) ?? 0) + 1)
      }
    }
  } catch (error) {
    throw unreadable(place.path, error)
  }
  return { location: place.path, records, opaque: Object.fromEntries(opaque), unreadable: unreadableLines, torn }
}
