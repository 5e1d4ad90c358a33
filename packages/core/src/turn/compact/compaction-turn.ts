import { connect } from '../connect.ts'
import { WaitAllowance } from '../retry.ts'
import { usageTold } from '../report-usage.ts'
import type { TurnContext, TurnParts } from '../turn-context.ts'
import { compact } from './compact.ts'
import { canBeShortened } from './material.ts'

/** The work of a turn that shortens history because somebody asked for it. */
export async function runCompaction(turn: TurnContext, parts: TurnParts): Promise<string | null> {
  const { recorder, contributors } = parts
  if (!canBeShortened(recorder.history.items, new Set(), new Set(contributors.sections.map(({ id }) => id)))) {
    recorder.warn('nothing_to_compact', 'history holds nothing that could be shortened')
    return null
  }
  await using client = await connect(turn)
  const line = { client, allowance: new WaitAllowance(turn.retryWaitCapMs) }
  await compact({ inTurn: false, modelFree: false, unseen: [], rejected: false, needed: false }, turn, parts, line)
  await usageTold(turn)
  return null
}
