import type { AbsolutePath } from '@octavo/base'
import type { ImageDetail } from '../responses/content.ts'

/** One part of what a user sends. Local images are read when the message enters history. */
export type UserInput =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly imageUrl: string; readonly detail?: ImageDetail }
  | { readonly type: 'localImage'; readonly path: AbsolutePath; readonly detail?: ImageDetail }

/** Longest text of one message, in characters. */
export const MAX_INPUT_CHARACTERS = 1_048_576
