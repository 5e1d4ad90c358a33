import { deepFreeze, parseJson, UsageError } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { RolloutItem } from '@octavo/protocol/rollout'

/** What extensions keep with a thread, by extension and key. */
export type Saved = ReadonlyMap<string, ReadonlyMap<string, JsonValue>>

/** Durable state of extensions: the last value of each key, as the rollout has it. */
export class ExtensionSaves {
  readonly #values = new Map<string, Map<string, JsonValue>>()
  readonly #write: (item: RolloutItem) => void

  constructor(saved: Saved | null, write: (item: RolloutItem) => void) {
    for (const [extension, values] of saved ?? []) this.#values.set(extension, new Map(values))
    this.#write = write
  }

  get(extension: string, key: string): JsonValue | null {
    return this.#values.get(extension)?.get(key) ?? null
  }

  /** Null clears it. What is there already is not written again. @throws UsageError `not_json` */
  set(extension: string, key: string, given: JsonValue | null): void {
    const value = copied(given, extension, key)
    if (JSON.stringify(value) === JSON.stringify(this.get(extension, key))) return
    noteSaved(this.#values, extension, key, value)
    this.#write({ type: 'octavo_extension', payload: { extension, key, value } })
  }
}

/** Lays one record over those before it. */
export function noteSaved(values: Map<string, Map<string, JsonValue>>, extension: string, key: string, value: JsonValue): void {
  const ofExtension = values.get(extension)
  if (value === null) ofExtension?.delete(key)
  else if (ofExtension === undefined) values.set(extension, new Map([[key, value]]))
  else ofExtension.set(key, value)
}

/** A value of its own: what the extension does with its object later is not what was kept. */
function copied(value: JsonValue | null, extension: string, key: string): JsonValue {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw notJson(extension, key, cause)
  }
  // Undefined and functions have no text.
  const parsed = text === undefined ? null : parseJson(text)
  if (parsed?.ok !== true) throw notJson(extension, key, undefined)
  return deepFreeze(parsed.value)
}

function notJson(extension: string, key: string, cause: unknown): UsageError {
  return new UsageError('not_json', `extension ${extension} cannot keep "${key}": its value is not plain data`, {
    data: { extension, key },
    cause,
  })
}
