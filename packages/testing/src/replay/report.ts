import type { JsonValue } from '@octavo/base'
import type { TurnStatus } from '@octavo/protocol'
import { textDifference } from '../cassette/difference.ts'
import type { NormalFormOptions } from '../cassette/index.ts'
import { shortened } from '../scripted-model/request-outline.ts'
import { maskExecReport, replaceTexts, uuidMask } from '../transcript/volatile.ts'

/** One call of a recorded thread, run again. */
export interface ReplayedCall {
  /** From 0. */
  readonly turn: number
  readonly callId: string
  readonly tool: string
  readonly arguments: JsonValue
  /** Null: the recording has none. */
  readonly recorded: string | null
  readonly live: string
  /** `cut`: when it was recorded the call had no end of its own, so there is nothing to compare. */
  readonly verdict: 'same' | 'differs' | 'cut'
  /** The first place where it differs. */
  readonly difference: string | null
}

/** How a recorded thread went when its calls were run again. */
export interface DivergenceReport {
  /** Every call that ran, in order. */
  readonly calls: readonly ReplayedCall[]
  /** Those that differ. */
  readonly divergences: readonly ReplayedCall[]
  /** True when a divergence ended the replay. */
  readonly stopped: boolean
  /** Recorded calls that did not run. */
  readonly skipped: number
  /** How each turn ended. */
  readonly turns: readonly TurnStatus[]
}

const CUT = /\baborted by user\b|^aborted$/

/** The verdict over one call. Both texts are compared with what no two runs share hidden, as in the normal form of a request. */
export function compareCall(call: Omit<ReplayedCall, 'verdict' | 'difference'>, options: NormalFormOptions): ReplayedCall {
  const { recorded, live } = call
  if (recorded === null || CUT.test(recorded)) return { ...call, verdict: 'cut', difference: null }
  const { mask = (text) => text, replace = {} } = options
  const comparable = (text: string): string => uuidMask()(maskExecReport(mask(replaceTexts(text, replace))))
  const [before, now] = [comparable(recorded), comparable(live)]
  if (before === now) return { ...call, verdict: 'same', difference: null }
  return { ...call, verdict: 'differs', difference: textDifference(before, now) }
}

/** A report as text: what differs, call by call, and a line that sums it up. */
export function formatDivergenceReport({ calls, divergences, stopped, skipped }: DivergenceReport): string {
  const cut = calls.filter(({ verdict }) => verdict === 'cut').length
  return [
    `${count(calls.length, 'call')} run again: ${calls.length - divergences.length - cut} the same, ${divergences.length} different, ${cut} not comparable`,
    ...divergences.map(
      ({ turn, callId, tool, arguments: given, difference }) =>
        `turn ${turn + 1}, ${callId} ${tool} ${shortened(JSON.stringify(given), 80)}\n  ${difference}`,
    ),
    ...(skipped === 0 ? [] : [`${count(skipped, 'call')} not run${stopped ? ', since the replay stopped at the first difference' : ''}`]),
  ].join('\n')
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
