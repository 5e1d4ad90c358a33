import { describeError } from '@octavo/base'
import type { Extension } from '@octavo/extension-api'
import type { DynamicTool } from '@octavo/protocol'
import type { SessionMeta } from '@octavo/protocol/rollout'
import { fromDynamicToolsRecord } from '../../record/dynamic-tools-record.ts'
import { checkDynamicTools } from './check-tools.ts'

/** The client's tools that a thread was begun with; one that cannot be offered here and now is left out, and said why. */
export function restoredTools(
  meta: SessionMeta | null,
  extensions: readonly Extension[],
): { readonly dynamicTools: readonly DynamicTool[]; readonly lostTools: readonly string[] } {
  const dynamicTools: DynamicTool[] = []
  const lostTools: string[] = []
  const records = Array.isArray(meta?.dynamic_tools) ? meta.dynamic_tools : []
  for (const tool of fromDynamicToolsRecord(records)) {
    try {
      checkDynamicTools([...dynamicTools, tool], extensions)
      dynamicTools.push(tool)
    } catch (error) {
      lostTools.push(describeError(error))
    }
  }
  return { dynamicTools, lostTools }
}
