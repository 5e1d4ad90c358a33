import type { ModelRequest } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import type { RolloutItemOf } from '@octavo/protocol/rollout'
import { SUMMARY_PREFIX, SUMMARY_PROMPT } from '../../src/turn/compact/words.ts'
import { outline } from '../fake-engine.ts'
import type { Watched } from '../fake-engine.ts'
import { completed, saying, tokens } from './model.ts'
import type { Script } from './model.ts'

/** A window of 10,000 tokens: history is shortened at 9,000, and 9,500 are the end. */
export const SMALL_WINDOW = { contextWindow: 10_000 } as const

/** A response after which the thread holds this many tokens. */
export function saysAt(totalTokens: number, said: string): Script {
  return [...saying(said), completed(tokens(totalTokens))]
}

/** History in short, with the words around summaries left out. */
export function brief(items: readonly ResponseItem[]): string[] {
  return outline(items).map((line) => line.replace(`user: ${SUMMARY_PREFIX}\n`, 'summary: ').replace(SUMMARY_PROMPT, '(prompt)'))
}

/** What each request held. */
export function sent(requests: readonly ModelRequest[]): string[][] {
  return requests.map(({ input }) => brief(input))
}

export function compactions({ records }: Watched): RolloutItemOf<'compacted'>['payload'][] {
  return records.flatMap((item) => (item.type === 'compacted' ? [item.payload] : []))
}

export function words(text: string): ResponseItem {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}
