import type { ContextSlot, WorldStateSection } from '@octavo/extension-api'

/** Order inside each slot. Sections that are not named come where `*` stands, in registration order. */
const ORDER: Readonly<Record<ContextSlot, readonly string[]>> = {
  developer: ['developer_instructions', '*', 'permissions', 'collaboration_mode', 'personality'],
  developerMessage: ['*'],
  user: ['*', 'agents_md', 'environments'],
}

/** Sections in prompt order: the developer bundle, developer messages of their own, the contextual user message. */
export function inPromptOrder(sections: readonly WorldStateSection[]): readonly WorldStateSection[] {
  const slots: readonly ContextSlot[] = ['developer', 'developerMessage', 'user']
  return slots.flatMap((slot) =>
    sections.filter((section) => section.slot === slot).toSorted((left, right) => placeOf(left) - placeOf(right)),
  )
}

function placeOf({ id, slot }: WorldStateSection): number {
  const order = ORDER[slot]
  const named = order.indexOf(id)
  return named === -1 ? order.indexOf('*') : named
}
