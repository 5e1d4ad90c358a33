import { diffPatch } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { WorldStateInput, WorldStateSection } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import type { TurnContextRecord } from '@octavo/protocol/rollout'
import type { ContributorHost, ContributorSite } from '../contributors/host.ts'
import { turnContextRecord } from '../record/settings-record.ts'
import type { Recorder } from '../record/recorder.ts'
import { isSameState, tellDifference } from './diff.ts'
import { askFragments } from './fragments.ts'
import { inPromptOrder } from './slots.ts'

/** What surrounds the agent, as it was looked at for one step. */
export interface World {
  readonly sections: readonly WorldStateSection[]
  readonly state: JsonObject
  readonly input: WorldStateInput
  readonly site: ContributorSite
}

/** Asks everybody who has something to say about the surroundings. Of what cannot be learned, what was told before still holds. */
export async function captureWorld(
  contributors: ContributorHost,
  told: JsonObject | null,
  input: WorldStateInput,
  site: ContributorSite,
): Promise<World> {
  const fragments = contributors.has('context') ? await askFragments(contributors, told, site) : null
  const states = await Promise.all(
    contributors.sections.map(async (section): Promise<readonly [string, JsonValue | null]> => {
      const captured = await contributors.capture(section, input, site)
      return [section.id, captured.ok ? captured.value : (told?.[section.id] ?? null)]
    }),
  )
  const state: JsonObject = { ...fragments?.state, ...Object.fromEntries(states) }
  return { sections: fragments === null ? contributors.sections : [...fragments.sections, ...contributors.sections], state, input, site }
}

/** What the model is to be told, and what it knows then. */
export interface Telling {
  readonly words: readonly ResponseItem[]
  readonly known: JsonObject
}

/**
 * Puts into history what the model does not know yet, and into the file the state it was told and what the turn runs under. Nothing when
 * nothing changed.
 */
export function recordWorld(world: World, contributors: ContributorHost, recorder: Recorder): void {
  const { told } = recorder.world
  const telling = tellWorld(world, told, contributors)
  if (telling === null) writeContext(world.input, recorder)
  else recordTelling(telling, told, world.input, recorder)
}

/** Puts what the model is told into history, and into the file that it was told. */
export function recordTelling(telling: Telling, told: JsonObject | null, input: WorldStateInput, recorder: Recorder): void {
  recorder.record(telling.words)
  writeWorld(telling, told, input, recorder)
}

/** The words for what has changed since `told`, for everything when that is null; null when nothing has. */
export function tellWorld({ sections, state, site }: World, told: JsonObject | null, contributors: ContributorHost): Telling | null {
  if (told !== null && isSameState(told, state)) return null
  // What could not be put into words was not told.
  const untold = new Map<string, JsonValue>()
  const words = tellDifference(inPromptOrder(sections), state, told, (section, current, previous) => {
    const rendered = contributors.render(section, current, previous, site)
    if (!rendered.ok) untold.set(section.id, told?.[section.id] ?? null)
    return rendered.ok ? rendered.value : null
  })
  const known = untold.size === 0 ? state : { ...state, ...Object.fromEntries(untold) }
  if (told !== null && isSameState(told, known)) return null
  return { words, known }
}

/** Keeps what the model knows now that it was told, in memory and in the file. */
export function writeWorld({ known }: Telling, told: JsonObject | null, input: WorldStateInput, recorder: Recorder): void {
  const context = contextOf(input)
  recorder.write([
    { type: 'world_state', payload: told === null ? { full: true, state: known } : { full: false, state: diffPatch(told, known) } },
    { type: 'turn_context', payload: context },
  ])
  recorder.world.tell(known)
  recorder.world.keepContext(context, input.settings)
}

/** Settings may change without a word to the model, such as another effort: the file knows them all the same, for whoever resumes. */
function writeContext(input: WorldStateInput, recorder: Recorder): void {
  const context = recorder.world.contextToKeep(input.settings, () => contextOf(input))
  if (context === null) return
  recorder.write([{ type: 'turn_context', payload: context }])
  recorder.world.keepContext(context, input.settings)
}

function contextOf({ settings, turnId, today }: WorldStateInput): TurnContextRecord {
  return turnContextRecord(settings, turnId, today)
}
