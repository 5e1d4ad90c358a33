import { StoreError } from '@octavo/extension-api'
import type { TurnBoundary } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import type { HistoryBase } from '@octavo/protocol/rollout'
import { CutSearch } from '../cut.ts'
import { openRollout } from './compressed.ts'
import type { StoreFiles } from './files.ts'
import type { LineageSegment } from './lineage.ts'
import { forward } from './read-thread.ts'

/**
 * Where a fork's own history begins, as a place in the file that holds the record before it, which may be an ancestor's.
 * @throws StoreError `not_found`, `unsupported` for a legacy thread or a turn that has not ended
 */
export async function findCut(
  files: StoreFiles,
  id: ThreadId,
  segments: readonly LineageSegment[],
  at: TurnBoundary,
): Promise<HistoryBase> {
  const search = new CutSearch(id, at)
  for (const segment of segments) {
    if (!segment.head.paginated) {
      const { path } = segment.place
      throw new StoreError('unsupported', `thread ${id} is of the older format, whose records are not numbered: it cannot be forked`, {
        data: { id, path },
      })
    }
    await using file = await openRollout(files, segment.place)
    for await (const records of forward(file, segment, {})) {
      for (const { line, ordinal, end, ended } of records) {
        if (search.add({ threadId: segment.place.id, ordinal, end, ended, item: line.item })) return search.result()
      }
    }
  }
  return search.result()
}
