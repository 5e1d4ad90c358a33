import { stableStringify } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { TurnSettings } from '@octavo/protocol'
import type { TurnContextRecord } from '@octavo/protocol/rollout'

/** What the model has been told of the world around it; the state that differences start from. */
export class WorldState {
  #told: JsonObject | null = null
  /** Those the last context in the file is about. */
  #settings: TurnSettings | null = null
  #context: string | null = null

  /** Null when nothing was told in this context window: the next step tells everything. */
  get told(): JsonObject | null {
    return this.#told
  }

  /** A new context window has begun, in which nothing was told. */
  forget(): void {
    this.#told = null
  }

  tell(state: JsonObject): void {
    this.#told = state
  }

  /** The file says this of what turns run under. */
  keepContext(record: TurnContextRecord, settings: TurnSettings | null = null): void {
    this.#settings = settings
    this.#context = wordsOf(record)
  }

  /** What the file should say of these settings; null when it does. */
  contextToKeep(settings: TurnSettings, recordOf: () => TurnContextRecord): TurnContextRecord | null {
    if (settings === this.#settings) return null
    const record = recordOf()
    if (wordsOf(record) !== this.#context) return record
    this.#settings = settings
    return null
  }
}

/** Without the turn it was written in. */
function wordsOf({ turn_id: _turn, ...record }: TurnContextRecord): string {
  // Records are plain data.
  return stableStringify(record as JsonValue)
}
