import type { IdGenerator, IdKinds } from '@octavo/protocol'

/** Each kind has its own row of UUIDs, told apart by the fourth group, so that an id in a transcript shows what it names. */
const UUID_GROUP: Partial<Record<keyof IdKinds, string>> = {
  thread: '8000',
  turn: '8001',
  item: '8002',
  submission: '8003',
  request: '8004',
  window: '8005',
  epoch: '8006',
}

/**
 * Ids in sequence: the nth thread is `00000000-0000-7000-8000-00000000000n` (n in hexadecimal), a turn has `8001` in the same place,
 * and so on; terminals are `1000`, `1001`…, chunks `000001`, `000002`…
 */
export function sequenceIds(): IdGenerator {
  const counts = new Map<keyof IdKinds, number>()
  return {
    next<K extends keyof IdKinds>(kind: K): IdKinds[K] {
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      // An id is a string with a brand, and this is a maker of ids.
      return idText(kind, count) as IdKinds[K]
    },
  }
}

function idText(kind: keyof IdKinds, count: number): string {
  if (kind === 'terminal') return String(999 + count)
  if (kind === 'chunk') return hex(count, 6)
  return `00000000-0000-7000-${UUID_GROUP[kind] ?? '8fff'}-${hex(count, 12)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
