import { isRecord, stableStringify } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { shortened } from '../scripted-model/request-outline.ts'

/** Most places that are named, and what is shown around one in a text, in characters. */
const MOST = 6
const AROUND = 40

/** Where two values differ, one line for each place: `input[3].output: recorded "a", now "b"`. Empty when they are the same. */
export function differencesOf(recorded: JsonValue, now: JsonValue): string[] {
  const found = [...differing(recorded, now, '')]
  return found.length <= MOST ? found : [...found.slice(0, MOST), `… and ${found.length - MOST} more`]
}

function* differing(recorded: JsonValue | undefined, now: JsonValue | undefined, path: string): Generator<string> {
  if (recorded === now || stableStringify(recorded ?? null) === stableStringify(now ?? null)) return
  if (typeof recorded === 'string' && typeof now === 'string') return yield `${path}: ${textDifference(recorded, now)}`
  if (isArray(recorded) && isArray(now)) {
    for (let at = 0; at < Math.max(recorded.length, now.length); at += 1) yield* differing(recorded[at], now[at], `${path}[${at}]`)
    return
  }
  if (isRecord(recorded) && isRecord(now)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(now)])) {
      // Objects of JSON hold nothing but JSON.
      yield* differing(recorded[name] as JsonValue, now[name] as JsonValue, path === '' ? name : `${path}.${name}`)
    }
    return
  }
  yield `${path}: recorded ${shown(recorded)}, now ${shown(now)}`
}

/** Two texts around the first place where they differ. */
export function textDifference(recorded: string, now: string): string {
  let at = 0
  while (at < recorded.length && recorded[at] === now[at]) at += 1
  const line = recorded.slice(0, at).split('\n').length
  const where = line > 1 ? `line ${line}, ` : ''
  return `${where}recorded ${around(recorded, at)}, now ${around(now, at)}`
}

function around(text: string, at: number): string {
  const from = Math.max(0, at - AROUND / 2)
  const to = at + AROUND
  return `${from > 0 ? '…' : ''}${JSON.stringify(text.slice(from, to))}${to < text.length ? '…' : ''}`
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? 'nothing' : shortened(stableStringify(value), 100)
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
