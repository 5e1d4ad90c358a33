import { CancelledError } from '@octavo/base'
import type { Clock, JsonValue } from '@octavo/base'
import type { Delegate, ThreadHost } from '@octavo/extension-api'
import type { AgentStatus } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { toolContext } from '../../test/tool-context.ts'
import { nextName } from './agent-room.ts'
import type { AgentRoom } from './agent-room.ts'
import { waitAgent } from './wait.ts'

/** Time that is over as soon as somebody sleeps, and how long they wanted. */
function impatient(slept: number[]): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => void slept.push(ms),
  }
}

/** It never comes to an end. */
function settled(signal: AbortSignal): Promise<AgentStatus> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new CancelledError('interrupted'))))
}

function roomWith(statuses: Readonly<Record<string, AgentStatus>>): AgentRoom {
  const delegate = (id: string): Delegate | null => {
    const status = statuses[id]
    if (status === undefined) return null
    // Only what waiting looks at.
    return { status, settled } as unknown as Delegate
  }
  return { host: { delegate } as unknown as ThreadHost, tools: [], named: 0 }
}

async function waited(input: JsonValue, room: AgentRoom): Promise<{ readonly output: JsonValue; readonly slept: readonly number[] }> {
  const slept: number[] = []
  const context = toolContext(new MemoryFiles(), { clock: impatient(slept), signal: new AbortController().signal })
  const { output } = await waitAgent.run(waitAgent.read(input), room, context)
  return { output, slept }
}

test.each<[number | null, number]>([
  [null, 30_000],
  [1, 10_000],
  [20_000, 20_000],
  [9_000_000, 3_600_000],
])('a wait of %j ms lasts %i ms', async (asked, lasts) => {
  const input = { targets: ['a'], ...(asked === null ? {} : { timeout_ms: asked }) }
  expect(await waited(input, roomWith({ a: { kind: 'running' } }))).toEqual({ output: { status: {}, timed_out: true }, slept: [lasts] })
})

test('whoever has finished is told at once, and nobody else', async () => {
  const room = roomWith({ a: { kind: 'running' }, b: { kind: 'completed', message: null }, c: { kind: 'interrupted' } })
  expect(await waited({ targets: ['a', 'b', 'c', 'd', 'b'] }, room)).toEqual({
    output: { status: { b: { completed: null }, d: 'not_found' }, timed_out: false },
    slept: [],
  })
})

test('names come in order, and again with a number', () => {
  const room = roomWith({})
  const names = Array.from({ length: 24 * 3 }, () => nextName(room))
  expect(new Set(names).size).toBe(72)
  expect([names[0], names[24], names[48]]).toEqual(['Alder', 'Alder the 2nd', 'Alder the 3rd'])
})
