import { describeError, raceSignal, throwIfCancelled, toDataUrl } from '@octavo/base'
import { IMAGE_LIMITS, MAX_IMAGE_BYTES } from '@octavo/extension-api'
import type { ContentItem, ItemId, ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'
import type { Inbox, InboxEntry } from '../session/inbox.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/**
 * Puts what waits into history, and tells clients about user messages; what comes meanwhile goes with it. Returns what was taken. An entry
 * leaves the inbox when it enters history, so that a turn that is cut in between can give it back.
 */
export async function takeInput(inbox: Inbox, turn: TurnContext, parts: Pick<TurnParts, 'recorder'>): Promise<readonly InboxEntry[]> {
  const taken: InboxEntry[] = []
  for (let entry = inbox.first; entry !== null; entry = inbox.first) {
    const content = entry.kind === 'input' ? await toContents(entry.items, turn) : []
    if (entry.kind === 'items') parts.recorder.record(entry.items)
    else recordUserMessage(entry.items, content, turn, parts, entry.cause)
    inbox.shift()
    taken.push(entry)
  }
  return taken
}

/** What an extension wants to be said next. */
export async function recordWanted(items: readonly UserInput[], turn: TurnContext, parts: Pick<TurnParts, 'recorder'>): Promise<void> {
  recordUserMessage(items, await toContents(items, turn), turn, parts)
}

/** One user message; an empty one leaves nothing. */
function recordUserMessage(
  items: readonly UserInput[],
  content: readonly ContentItem[],
  turn: TurnContext,
  { recorder }: Pick<TurnParts, 'recorder'>,
  cause?: SubmissionId,
): void {
  if (items.length === 0) return
  const message: ResponseItem = {
    type: 'message',
    role: 'user',
    content,
    internal_chat_message_metadata_passthrough: {
      content_item_kinds: content.map(({ type }) => (type === 'input_text' ? 'user.text' : 'user.image')),
    },
  }
  const item = { type: 'userMessage', id: turn.ports.ids.next('item') as ItemId, content: items } as const
  recorder.startItem(item, cause)
  recorder.record([message])
  recorder.completeItem(item, cause === undefined ? {} : { cause })
}

async function toContents(items: readonly UserInput[], turn: TurnContext): Promise<readonly ContentItem[]> {
  return (await Promise.all(items.map((item) => toContent(item, turn)))).flat()
}

async function toContent(item: UserInput, turn: TurnContext): Promise<readonly ContentItem[]> {
  if (item.type === 'text') return [{ type: 'input_text', text: item.text }]
  if (item.type === 'skill' || item.type === 'mention') return []
  if (item.type === 'image') return [{ type: 'input_image', image_url: item.imageUrl, detail: item.detail ?? 'high' }]
  const { signal } = turn.scope
  try {
    const bytes = await raceSignal(turn.workspace.files.read(item.path, { maxBytes: MAX_IMAGE_BYTES }), signal)
    const prepared = await turn.ports.images.prepare(bytes, IMAGE_LIMITS, signal)
    if (prepared.kind === 'placeholder') return [{ type: 'input_text', text: prepared.text }]
    return [
      { type: 'input_text', text: `<image path="${item.path}">` },
      { type: 'input_image', image_url: toDataUrl(prepared.mediaType, prepared.bytes), detail: item.detail ?? 'high' },
      { type: 'input_text', text: '</image>' },
    ]
  } catch (error) {
    throwIfCancelled(signal)
    // An image that cannot be read never fails the turn: the model learns why it is not there.
    return [{ type: 'input_text', text: `image content omitted because ${item.path} could not be read: ${describeError(error)}` }]
  }
}
