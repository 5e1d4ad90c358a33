import type { JsonObject, JsonValue } from '@octavo/base'
import { stateKey } from '@octavo/extension-api'
import type { ContextSlot, PromptFragment, StateKey, WorldStateSection } from '@octavo/extension-api'
import type { ContributorHost, ContributorSite } from '../contributors/host.ts'

/** Whether the words for this turn were asked for. */
const ASKED: StateKey<{ turn: boolean }> = stateKey('turn', 'octavo.context', () => ({ turn: false }))

const SLOTS: readonly ContextSlot[] = ['developer', 'developerMessage', 'user']

/** Words of extensions for the context, each slot of each extension as a section: told once, and again when they change. */
export interface Fragments {
  readonly sections: readonly WorldStateSection[]
  readonly state: JsonObject
}

/**
 * Those for the thread are asked for once in a context window, those for the turn once in a turn as well. What is not asked for stands as
 * it was told.
 */
export async function askFragments(contributors: ContributorHost, told: JsonObject | null, site: ContributorSite): Promise<Fragments> {
  const asked = site.turnId === null ? null : site.state.get(ASKED)
  const ofThread = told === null ? await ask('thread', contributors, site) : null
  const ofTurn = told === null || asked?.turn === false ? await ask('turn', contributors, site) : null
  if (asked !== null) asked.turn = true
  const parts = [...(ofThread ?? []), ...(ofTurn ?? [])]
  const state: Record<string, JsonValue> = {}
  for (const [id, value] of Object.entries(told ?? {})) {
    if ((ofThread === null && id.startsWith(prefix('thread'))) || (ofTurn === null && id.startsWith(prefix('turn')))) state[id] = value
  }
  for (const { section, texts } of parts) state[section.id] = texts
  return { sections: parts.map(({ section }) => section), state }
}

interface Part {
  readonly section: WorldStateSection
  readonly texts: readonly string[]
}

async function ask(part: 'thread' | 'turn', contributors: ContributorHost, site: ContributorSite): Promise<readonly Part[]> {
  const given = await contributors.fragments(part, site)
  return given.flatMap(({ source, given: fragments }) =>
    SLOTS.flatMap((slot): Part[] => {
      const texts = textsOf(fragments, slot)
      return texts.length === 0 ? [] : [{ section: sectionOf(`${prefix(part)}${source}/${slot}`, slot), texts }]
    }),
  )
}

function textsOf(fragments: readonly PromptFragment[], slot: ContextSlot): readonly string[] {
  return fragments.flatMap((fragment) => (fragment.slot === slot && fragment.text.trim() !== '' ? [fragment.text] : []))
}

function prefix(part: 'thread' | 'turn'): string {
  return `context/${part}/`
}

function sectionOf(id: string, slot: ContextSlot): WorldStateSection {
  return {
    id,
    slot,
    capture: () => null, // its state was asked for already
    render: (current) => (Array.isArray(current) && current.length > 0 ? current.join('\n\n') : null),
  }
}
