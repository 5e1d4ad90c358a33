import { type Clock, type Random, systemClock, systemRandom, uuidV7 } from '@octavo/base'
import type { IdGenerator, IdKinds } from '@octavo/protocol'

/** Ids that nobody else has: UUIDs of version 7, and short numbers where the model reads them. */
export function systemIds(clock: Clock = systemClock, random: Random = systemRandom): IdGenerator {
  return {
    next<K extends keyof IdKinds>(kind: K): IdKinds[K] {
      // An id is a string with a brand, and this is a maker of ids.
      return idText(kind, clock, random) as IdKinds[K]
    },
  }
}

function idText(kind: keyof IdKinds, clock: Clock, random: Random): string {
  if (kind === 'terminal') return String(1000 + Math.floor(random.next() * 99_000))
  if (kind === 'chunk') return Array.from(random.bytes(3), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return uuidV7(clock.now(), (count) => random.bytes(count))
}
