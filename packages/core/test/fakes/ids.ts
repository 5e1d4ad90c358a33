import type { IdGenerator, IdKinds } from '@octavo/protocol'

const GROUPS: Readonly<Record<keyof IdKinds, string>> = {
  thread: '8000',
  turn: '8001',
  item: '8002',
  submission: '8003',
  request: '8004',
  window: '8005',
  epoch: '8006',
  chunk: '8007',
  terminal: '8008',
}

/** Counted ids; the fourth group says of what. */
export function countedIds(): IdGenerator {
  const counts = new Map<string, number>()
  return {
    next<K extends keyof IdKinds>(kind: K): IdKinds[K] {
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      const text = kind === 'terminal' ? `${999 + count}` : `00000000-0000-7000-${GROUPS[kind]}-${String(count).padStart(12, '0')}`
      return text as IdKinds[K] // an id is a string with a brand, and this makes ids
    },
  }
}
