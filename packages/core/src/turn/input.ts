import { describeError, escapeXml, raceSignal, throwIfCancelled, toDataUrl } from '@octavo/base'
import { IMAGE_LIMITS, MAX_IMAGE_BYTES } from '@octavo/extension-api'
import type { ContentItem, ItemId, ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'
import type { Given } from '../contributors/host.ts'
import type { Inbox, InboxEntry } from '../session/inbox.ts'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/**
 * Puts what waits into history, and tells clients about user messages; what comes meanwhile goes with it. Returns what was taken. An entry
 * leaves the inbox when it enters history, so that a turn that is cut in between can give it back.
 */
export async function takeInput(
  inbox: Inbox,
  turn: TurnContext,
  parts: Pick<TurnParts, 'recorder' | 'contributors'>,
): Promise<readonly InboxEntry[]> {
  const taken: InboxEntry[] = []
  for (let entry = inbox.first; entry !== null; entry = inbox.first) {
    const content = entry.kind === 'input' ? await toContents(entry.items, turn) : []
    const added = entry.kind === 'input' ? await toldToExtensions(entry.items, turn, parts) : []
    if (entry.kind === 'items') parts.recorder.record(entry.items)
    else recordUserMessage(entry.items, content, turn, parts, entry.cause)
    for (const { source, given } of added) {
      const words = given.map((text): ContentItem => ({ type: 'input_text', text }))
      if (words.length > 0) parts.recorder.record([contextualMessage(words, `extension.${source}`)])
    }
    inbox.shift()
    taken.push(entry)
  }
  return taken
}

/** Skills the user named are told, and what goes with the input is asked for. */
async function toldToExtensions(
  items: readonly UserInput[],
  turn: TurnContext,
  { contributors }: Pick<TurnParts, 'contributors'>,
): Promise<readonly Given<readonly string[]>[]> {
  const { signal } = turn.scope
  const site = turnSite(turn, signal)
  if (contributors.has('skillInvocation')) {
    for (const item of items) {
      if (item.type !== 'skill') continue
      await raceSignal(contributors.skillInvoked({ name: item.name, path: item.path, how: 'explicit' }, site), signal)
    }
  }
  if (items.length === 0 || !contributors.has('turnInput')) return []
  return await raceSignal(contributors.turnInput(items, site), signal)
}

/** What extensions want to be said next, as one message that is not the user's. False when nothing can be said of it. */
export async function recordWanted(
  wanted: readonly Given<readonly UserInput[]>[],
  turn: TurnContext,
  { recorder }: Pick<TurnParts, 'recorder'>,
): Promise<boolean> {
  const contents = await Promise.all(wanted.map(async ({ source, given }) => ({ source, parts: await toContents(given, turn) })))
  const content = contents.flatMap(({ source, parts }) => parts.map((part) => hookPart(part, source)))
  if (content.length === 0) return false
  const fragments = contents.flatMap(({ source, parts }) => parts.flatMap((part) => ('text' in part ? [{ text: part.text, source }] : [])))
  const item = { type: 'hookPrompt', id: turn.ports.ids.next('item') as ItemId, fragments } as const
  recorder.startItem(item)
  recorder.record([contextualMessage(content, 'generic.hook_prompt')])
  recorder.completeItem(item)
  return true
}

function hookPart(part: ContentItem, source: string): ContentItem {
  if (part.type !== 'input_text') return part
  return { ...part, text: `<hook_prompt hook_run_id="${escapeXml(source)}">${escapeXml(part.text)}</hook_prompt>` }
}

/** In the user's role, and told apart from what the user said by its kinds. */
function contextualMessage(content: readonly ContentItem[], kind: string): ResponseItem {
  return {
    type: 'message',
    role: 'user',
    content,
    internal_chat_message_metadata_passthrough: { content_item_kinds: content.map(() => kind) },
  }
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
  if (item.type === 'text') return [{ type: 'input_text', text: item.text.toWellFormed() }]
  if (item.type === 'skill' || item.type === 'mention') return []
  if (item.type === 'image') return [{ type: 'input_image', image_url: item.imageUrl, detail: item.detail ?? 'high' }]
  const { signal } = turn.scope
  try {
    const bytes = await raceSignal(turn.workspace.files.read(item.path, { maxBytes: MAX_IMAGE_BYTES }), signal)
    const prepared = await raceSignal(turn.ports.images.prepare(bytes, IMAGE_LIMITS, signal), signal)
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
