import { anySignal, CancelledError, throwIfCancelled } from '@octavo/base'
import type { Clock, JsonValue } from '@octavo/base'
import { isFinalStatus, toWireAgentStatus } from '@octavo/protocol'
import type { AgentStatus, ThreadId } from '@octavo/protocol'
import type { Delegate } from '@octavo/extension-api'
import { asRecord, requiredStrings } from '../arguments.ts'
import { hostOf } from './agent-room.ts'
import type { AgentTool } from './call.ts'

const DEFAULT_MS = 30_000
const MIN_MS = 10_000
const MAX_MS = 3_600_000

const NOT_FOUND: AgentStatus = { kind: 'notFound' }

export interface Wait {
  readonly targets: readonly string[]
  readonly timeoutMs: number
}

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    targets: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Ids that spawn_agent gave.' },
    timeout_ms: {
      type: 'integer',
      description: `Milliseconds; ${DEFAULT_MS} unless given, at least ${MIN_MS}, at most ${MAX_MS}. Wait long rather than often.`,
    },
  },
  required: ['targets'],
  additionalProperties: false,
}

export const waitAgent: AgentTool<Wait> = {
  name: 'wait_agent',
  item: 'waitAgent',
  description:
    'Waits until the first of some agents has finished, and says how each that has finished stands. Wait only when you can do nothing else: a message comes anyway.',
  parameters: PARAMETERS,
  read(value) {
    const record = asRecord(value)
    const targets = requiredStrings(record, 'targets')
    if (targets.length === 0) throw new Error('agent ids must be non-empty')
    return { targets: [...new Set(targets)], timeoutMs: readTimeout(record['timeout_ms'] ?? DEFAULT_MS) }
  },
  shown: ({ targets }) => ({ receiverThreadIds: targets as readonly ThreadId[], prompt: null, model: null, effort: null }),
  async run({ targets, timeoutMs }, room, { clock, signal }) {
    const host = hostOf(room)
    const agents = targets.map((id) => ({ id, agent: host.delegate(id as ThreadId) }))
    const statuses = (): Readonly<Record<string, AgentStatus>> =>
      Object.fromEntries(agents.map(({ id, agent }) => [id, agent?.status ?? NOT_FOUND]))
    const isOver = (): boolean => Object.values(statuses()).some(isFinalStatus)
    if (!isOver())
      await firstOf(
        agents.flatMap(({ agent }) => agent ?? []),
        timeoutMs,
        clock,
        signal,
      )
    // Read in one go, so that whoever finished meanwhile is told of here and not again by a message.
    const states = statuses()
    const final = Object.entries(states).filter(([, status]) => isFinalStatus(status))
    return {
      output: { status: Object.fromEntries(final.map(([id, status]) => [id, toWireAgentStatus(status)])), timed_out: final.length === 0 },
      receiverThreadIds: targets as readonly ThreadId[],
      states,
    }
  },
}

function readTimeout(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error('invalid type: expected a number of milliseconds for `timeout_ms`')
  if (value <= 0) throw new Error('timeout_ms must be greater than zero')
  return Math.min(MAX_MS, Math.max(MIN_MS, value))
}

/** Settles when one of them has come to an end, or the time is over. */
async function firstOf(agents: readonly Delegate[], ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const heard = new AbortController()
  const until = anySignal(signal, heard.signal)
  const waiting = [...agents.map((agent) => agent.settled(until)), clock.sleep(ms, until)]
  // All but the first are given up.
  for (const one of waiting) one.catch(() => {})
  try {
    await Promise.race(waiting)
  } finally {
    heard.abort(new CancelledError('interrupted'))
  }
  throwIfCancelled(signal)
}
