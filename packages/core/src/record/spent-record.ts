import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { addUsage, ZERO_USAGE } from '@octavo/protocol'
import type { BudgetSpent, TokenUsage } from '@octavo/protocol'
import type { OctavoExtensionRecord, RolloutItem } from '@octavo/protocol/rollout'
import type { BudgetAccount } from '../state/budget.ts'
import type { Recorder } from './recorder.ts'
import { fromWireUsage } from './wire-usage.ts'

/** What the engine keeps with its threads stands beside what extensions keep. */
const OF_THE_ENGINE = { extension: 'octavo', key: 'spent' } as const

/** Keeps with a thread what it and its delegates have spent, so that a resume goes on from there: when a turn ends, and when the thread does. */
export function recordSpent(budget: BudgetAccount, recorder: Recorder): void {
  const spent = budget.changed()
  if (spent === null) return
  const { tokens, usd, steps, wallMs } = spent
  const value: JsonValue = { tokens, usd, steps, wallMs: Math.round(wallMs) }
  recorder.write([{ type: 'octavo_extension', payload: { ...OF_THE_ENGINE, value } }])
}

/** What a file says of a thread's spending. */
export interface ReplayedSpent {
  /** As last kept; null in a file of another writer, or of a thread whose first turn did not end. */
  readonly kept: BudgetSpent | null
  /** Responses that came behind it, by model: tokens and steps, but no time. */
  readonly since: ReadonlyMap<string, { readonly usage: TokenUsage; readonly steps: number }>
}

/** Folds the records that tell of spending. */
export class SpentFold {
  #kept: BudgetSpent | null = null
  #since = new Map<string, { readonly usage: TokenUsage; readonly steps: number }>()
  #model = ''

  /** What came before was inherited: somebody else spent that. */
  restart(): void {
    this.#kept = null
    this.#since = new Map()
  }

  add(item: RolloutItem): void {
    if (item.type === 'turn_context') this.#model = item.payload.model
    else if (item.type === 'token_usage_record') {
      const { usage, steps } = this.#since.get(this.#model) ?? { usage: ZERO_USAGE, steps: 0 }
      const isStep = item.payload.octavo_beside !== 'failed'
      this.#since.set(this.#model, { usage: addUsage(usage, fromWireUsage(item.payload.usage)), steps: isStep ? steps + 1 : steps })
    } else if (item.type === 'octavo_extension' && isOurs(item.payload)) {
      this.#kept = spentOf(item.payload.value)
      this.#since = new Map()
    }
  }

  get spent(): ReplayedSpent {
    return { kept: this.#kept, since: this.#since }
  }
}

function isOurs({ extension, key }: OctavoExtensionRecord): boolean {
  return extension === OF_THE_ENGINE.extension && key === OF_THE_ENGINE.key
}

function spentOf(value: JsonValue): BudgetSpent {
  const fields = isRecord(value) ? value : {}
  const amount = (key: string): number => {
    const found = fields[key]
    return typeof found === 'number' && found > 0 ? found : 0
  }
  return { tokens: amount('tokens'), usd: amount('usd'), steps: amount('steps'), wallMs: amount('wallMs') }
}
