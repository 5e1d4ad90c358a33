import { callIdOf, isCallItem, type ResponseItem } from '@octavo/protocol'

/** Ids for the items of one response, all made of the response's own. */
export interface ChatIds {
  readonly response: string
  /** `<prefix>_<response id>_<index>`. */
  item(prefix: string, index: number): string
  /** The id the server gave to a call, or `call_<response id>_<index>` when that is missing or taken. */
  call(given: string, index: number): string
}

const MAX_BASE_LENGTH = 44

/**
 * @param responseId as the server sent it; may be empty
 * @param input what the request held: servers that number responses from a small range repeat themselves, and ids of a thread must differ
 */
export function createChatIds(responseId: string, input: readonly ResponseItem[]): ChatIds {
  const takenCalls = new Set(input.flatMap((item) => (isCallItem(item) ? [callIdOf(item) ?? ''] : [])))
  const base = freeBase(responseId, input)
  return {
    response: responseId === '' ? base : responseId,
    item: (prefix, index) => `${prefix}_${base}_${index}`,
    call: (given, index) => {
      const id = given === '' || takenCalls.has(given) ? `call_${base}_${index}` : given
      takenCalls.add(id)
      return id
    },
  }
}

function freeBase(responseId: string, input: readonly ResponseItem[]): string {
  const cleaned = responseId.replace(/[^A-Za-z0-9-]/g, '-').slice(0, MAX_BASE_LENGTH)
  const wanted = cleaned === '' ? `chat-${input.length}` : cleaned
  const taken = new Set(input.flatMap(({ id }) => /^[a-z]+_(.+)_\d+$/.exec(id ?? '')?.[1] ?? []))
  let base = wanted
  for (let number = 2; taken.has(base); number += 1) base = `${wanted}-${number}`
  return base
}
