import { describeError } from '@octavo/base'
import type { ImageLimits } from '@octavo/extension-api'
import type { ContentItem, ItemId, ResponseItem, UserInput } from '@octavo/protocol'
import type { InboxEntry } from '../session/inbox.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** Bounds of an attached image at the default detail. */
const IMAGE_LIMITS: ImageLimits = { maxSide: 2_048, maxPatches: 2_500 }
const MAX_IMAGE_BYTES = 64 * 1_048_576

/** Puts what waited into history, and tells clients about user messages. */
export async function recordInput(entries: readonly InboxEntry[], turn: TurnContext, parts: Pick<TurnParts, 'recorder'>): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'items') parts.recorder.record(entry.items)
    else await recordUserMessage(entry.items, turn, parts)
  }
}

/** One user message; an empty one leaves nothing. */
export async function recordUserMessage(items: readonly UserInput[], turn: TurnContext, parts: Pick<TurnParts, 'recorder'>): Promise<void> {
  if (items.length === 0) return
  const { recorder } = parts
  const content = (await Promise.all(items.map((item) => toContent(item, turn)))).flat()
  const message: ResponseItem = {
    type: 'message',
    role: 'user',
    content,
    internal_chat_message_metadata_passthrough: {
      content_item_kinds: content.map(({ type }) => (type === 'input_text' ? 'user.text' : 'user.image')),
    },
  }
  const item = { type: 'userMessage', id: turn.ports.ids.next('item') as ItemId, content: items } as const
  recorder.startItem(item)
  recorder.record([message])
  recorder.completeItem(item)
}

async function toContent(item: UserInput, turn: TurnContext): Promise<readonly ContentItem[]> {
  if (item.type === 'text') return [{ type: 'input_text', text: item.text }]
  if (item.type === 'image') return [{ type: 'input_image', image_url: item.imageUrl, detail: item.detail ?? 'high' }]
  try {
    const bytes = await turn.workspace.files.read(item.path, { maxBytes: MAX_IMAGE_BYTES })
    const prepared = await turn.ports.images.prepare(bytes, IMAGE_LIMITS, turn.scope.signal)
    if (prepared.kind === 'placeholder') return [{ type: 'input_text', text: prepared.text }]
    return [
      { type: 'input_text', text: `<image path="${item.path}">` },
      { type: 'input_image', image_url: dataUrl(prepared.mediaType, prepared.bytes), detail: item.detail ?? 'high' },
      { type: 'input_text', text: '</image>' },
    ]
  } catch (error) {
    // An image that cannot be read never fails the turn: the model learns why it is not there.
    return [{ type: 'input_text', text: `image content omitted because ${item.path} could not be read: ${describeError(error)}` }]
  }
}

function dataUrl(mediaType: string, bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += 32_768) binary += String.fromCharCode(...bytes.subarray(start, start + 32_768))
  return `data:${mediaType};base64,${btoa(binary)}`
}
