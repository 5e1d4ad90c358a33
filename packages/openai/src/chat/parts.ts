import type { ContentItem, OutputBody } from '@octavo/protocol'

/** A part of a user message of Chat Completions. */
export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string; readonly detail?: 'auto' | 'low' | 'high' } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: string } }

/** Content of a user message: text alone as a string, which every server takes; else parts in order. */
export function chatContent(content: readonly ContentItem[]): string | readonly ChatPart[] {
  const parts = content.flatMap(chatPart)
  const isText = parts.every(({ type }) => type === 'text')
  return isText ? textOfParts(content, '\n\n') : parts
}

/** The text of all parts that have any. */
export function textOfParts(content: readonly ContentItem[], separator: string): string {
  return content.flatMap((part) => ('text' in part ? [part.text] : [])).join(separator)
}

/** The images of a tool output. */
export function imagesOf(output: OutputBody): readonly ChatPart[] {
  return typeof output === 'string' ? [] : output.flatMap((part) => (part.type === 'input_image' ? chatPart(part) : []))
}

const AUDIO = /^data:audio\/([\w.+-]+)[^,]*;base64,(.+)$/s

function chatPart(part: ContentItem): readonly ChatPart[] {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return [{ type: 'text', text: part.text }]
    case 'input_image': {
      const { detail } = part
      // `original` is a word of the Responses API only.
      const known = detail === undefined || detail === 'original' ? {} : { detail }
      return [{ type: 'image_url', image_url: { url: part.image_url, ...known } }]
    }
    case 'input_audio': {
      const [, format, data] = AUDIO.exec(part.audio_url) ?? []
      if (format === undefined || data === undefined) return [{ type: 'text', text: '[audio that is no data URL was left out]' }]
      return [{ type: 'input_audio', input_audio: { data, format } }]
    }
    case 'encrypted_content':
      return []
  }
}
