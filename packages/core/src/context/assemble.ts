import { diffPatch, stableStringify } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { WorldStateInput, WorldStateSection } from '@octavo/extension-api'
import { turnContextRecord } from '../record/settings-record.ts'
import type { Recorder } from '../record/recorder.ts'
import { tellDifference } from './diff.ts'
import { inPromptOrder } from './slots.ts'

/** Asks every section for its state; one that fails is left out and told by `failed`. */
export async function captureWorld(
  sections: readonly WorldStateSection[],
  input: WorldStateInput,
  failed: (section: WorldStateSection, error: unknown) => void,
): Promise<JsonObject> {
  const states = await Promise.all(
    sections.map(async (section): Promise<readonly [string, JsonValue | null]> => {
      try {
        return [section.id, await section.capture(input)]
      } catch (error) {
        failed(section, error)
        return [section.id, null]
      }
    }),
  )
  return Object.fromEntries(states)
}

/** Puts into history what the model does not know yet, and into the file the state it was told. Nothing when nothing changed. */
export function recordWorld(sections: readonly WorldStateSection[], state: JsonObject, input: WorldStateInput, recorder: Recorder): void {
  const { told } = recorder.world
  if (told !== null && stableStringify(told) === stableStringify(state)) return
  recorder.record(tellDifference(inPromptOrder(sections), state, told))
  recorder.write([
    { type: 'world_state', payload: told === null ? { full: true, state } : { full: false, state: diffPatch(told, state) } },
    { type: 'turn_context', payload: turnContextRecord(input.settings, input.turnId, input.today) },
  ])
  recorder.world.tell(state)
}
