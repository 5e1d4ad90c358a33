export type ImageDetail = 'auto' | 'low' | 'high' | 'original'

/** One part of a message or of a tool output. Source: OpenAI Responses API. */
export type ContentItem =
  | { readonly type: 'input_text'; readonly text: string }
  | { readonly type: 'output_text'; readonly text: string }
  | { readonly type: 'input_image'; readonly image_url: string; readonly detail?: ImageDetail }
  | { readonly type: 'input_audio'; readonly audio_url: string }
  | { readonly type: 'encrypted_content'; readonly encrypted_content: string }

/** Body of a tool output: text, or parts in order. */
export type OutputBody = string | readonly ContentItem[]
