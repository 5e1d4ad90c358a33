import { estimateTokens } from '@octavo/base'
import type { ContentItem, OutputBody, ResponseItem } from '@octavo/protocol'

/** Tokens an image is counted as when nothing better is known. */
export const IMAGE_TOKENS = 1_844
/** Tokens a second of audio is counted as; its length is unknown here, so a part counts as one minute. */
const AUDIO_TOKENS = 600

/** Estimated tokens of one history item: a quarter of its UTF-8 bytes, images and encrypted parts by fixed rules. */
export function estimateItemTokens(item: ResponseItem): number {
  switch (item.type) {
    case 'message':
      return contentTokens(item.content)
    case 'reasoning':
      return Math.max(0, Math.ceil(((item.encrypted_content?.length ?? 0) * 3) / 4 - 650) / 4)
    case 'function_call':
      return estimateTokens(item.arguments) + estimateTokens(item.name)
    case 'custom_tool_call':
      return estimateTokens(item.input) + estimateTokens(item.name)
    case 'function_call_output':
    case 'custom_tool_call_output':
      return outputTokens(item.output)
    case 'local_shell_call':
      return estimateTokens(item.action.command.join(' '))
    case 'web_search_call':
      return 16
    case 'image_generation_call':
      return IMAGE_TOKENS
    case 'compaction':
      return Math.ceil((item.encrypted_content.length * 3) / 16)
  }
}

function outputTokens(output: OutputBody): number {
  return typeof output === 'string' ? estimateTokens(output) : contentTokens(output)
}

function contentTokens(content: readonly ContentItem[]): number {
  let tokens = 0
  for (const part of content) {
    if (part.type === 'input_text' || part.type === 'output_text') tokens += estimateTokens(part.text)
    else if (part.type === 'input_image') tokens += IMAGE_TOKENS
    else if (part.type === 'input_audio') tokens += AUDIO_TOKENS
    else tokens += Math.ceil((part.encrypted_content.length * 9) / 64)
  }
  return tokens
}
