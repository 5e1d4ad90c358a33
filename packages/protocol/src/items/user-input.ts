import type { AbsolutePath } from '@octavo/base'
import type { ImageDetail } from '../responses/content.ts'

/** One part of what a user sends. Local images are read when the message enters history. */
export type UserInput =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly imageUrl: string; readonly detail?: ImageDetail }
  | { readonly type: 'localImage'; readonly path: AbsolutePath; readonly detail?: ImageDetail }
  /** Adds nothing by itself: extensions hear of it and may bring its text. */
  | { readonly type: 'skill'; readonly name: string; readonly path: string }
  /** Names an app, a plugin or a server, such as `mcp://files`; adds nothing by itself. */
  | { readonly type: 'mention'; readonly name: string; readonly path: string }

/** Longest text of one message, in characters. */
export const MAX_INPUT_CHARACTERS = 1_048_576
