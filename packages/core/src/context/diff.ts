import { mergePatch, stableStringify } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { WorldStateSection } from '@octavo/extension-api'
import type { ContentItem, MessageItem, ResponseItem } from '@octavo/protocol'

/** One section's words for the model. */
interface Fragment {
  readonly section: WorldStateSection
  readonly text: string
}

/** Words of a section; `previous` undefined asks for the whole. */
export type RenderSection = (section: WorldStateSection, current: JsonValue, previous: JsonValue | undefined) => string | null

/**
 * The messages that tell the model what it does not know yet: everything when nothing was told (`told` null), otherwise only
 * sections whose state changed. Earlier messages are never edited, so the prefix of the prompt stays as it was.
 */
export function tellDifference(
  sections: readonly WorldStateSection[],
  state: JsonObject,
  told: JsonObject | null,
  render: RenderSection,
): readonly ResponseItem[] {
  const fragments: Fragment[] = []
  for (const section of sections) {
    const current = state[section.id] ?? null
    const previous = told?.[section.id]
    if (told !== null && isSameState(current, previous ?? null)) continue
    const text = render(section, current, told === null ? undefined : (previous ?? null))
    if (text !== null) fragments.push({ section, text })
  }
  const bundle = fragments.filter(({ section }) => section.slot === 'developer')
  const own = fragments.filter(({ section }) => section.slot === 'developerMessage')
  const user = fragments.filter(({ section }) => section.slot === 'user')
  return [
    ...(bundle.length === 0 ? [] : [contextMessage('developer', bundle)]),
    ...own.map((fragment) => contextMessage('developer', [fragment])),
    ...(user.length === 0 ? [] : [contextMessage('user', user)]),
  ]
}

/**
 * Whether both say the same. A field that is null says what one that is absent says: the file keeps differences, in which null takes a
 * field away, so that a thread that was resumed knows no nulls.
 */
export function isSameState(left: JsonValue, right: JsonValue): boolean {
  return (
    stableStringify(left) === stableStringify(right) || stableStringify(mergePatch({}, left)) === stableStringify(mergePatch({}, right))
  )
}

/** The sections a part came from stand beside it, so that user text that merely looks like context is not taken for it. */
function contextMessage(role: 'developer' | 'user', fragments: readonly Fragment[]): MessageItem {
  const content: ContentItem[] = fragments.map(({ text }) => ({ type: 'input_text', text }))
  return {
    type: 'message',
    role,
    content,
    internal_chat_message_metadata_passthrough: { content_item_kinds: fragments.map(({ section }) => section.id) },
  }
}
