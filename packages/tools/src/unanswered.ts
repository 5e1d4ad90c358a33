import { type AskResult, ToolFailure } from '@octavo/extension-api'
import type { RequestKind } from '@octavo/protocol'

type Unanswered = Exclude<AskResult<RequestKind>, { readonly outcome: 'answered' }>

const WORDS: Readonly<Record<Unanswered['outcome'], string>> = {
  cancelled: 'was cancelled before receiving a response',
  expired: 'was not answered in time',
  declined: 'was declined',
  nobody: 'is unavailable',
}

/** What a tool says when its call was cut while it waited. */
export function cutText(tool: string): string {
  return `${tool} ${WORDS.cancelled}`
}

/** What a tool says when what it asked was not answered, with the reason where the engine gives one. */
export function refused(tool: string, { outcome, message }: Unanswered): ToolFailure {
  return new ToolFailure(`${tool} ${WORDS[outcome]}${message === undefined ? '' : `: ${message}`}`)
}
