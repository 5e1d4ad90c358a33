import { OctavoError } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { ToolFailure } from '@octavo/extension-api'
import type { Delegate } from '@octavo/extension-api'
import type { SettingsOverrides, UserInput } from '@octavo/protocol'
import { asRecord, optionalBoolean, optionalString } from '../arguments.ts'
import { hostOf, nextName } from './agent-room.ts'
import type { AgentTool } from './call.ts'
import { MESSAGE_PARAMETERS, promptOf, readMessage } from './message.ts'
import { ROLE_NAMES, ROLES } from './roles.ts'

/** What a start may take, in milliseconds. */
const START_MS = 30_000

export interface Spawn {
  readonly input: readonly UserInput[]
  readonly role: string | null
  readonly forks: boolean
  readonly model: string | null
  readonly effort: string | null
  readonly serviceTier: string | null
}

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    ...MESSAGE_PARAMETERS,
    agent_type: {
      type: 'string',
      enum: [...ROLE_NAMES],
      description: '`explorer` answers a question about the code and changes nothing; `worker` does a part of the work. Default: neither.',
    },
    fork_context: {
      type: 'boolean',
      description: 'True: the agent begins with this whole conversation. Default false: it knows only what you tell it.',
    },
    model: { type: 'string', description: 'Another model than yours. Leave it out unless the user asked for one.' },
    reasoning_effort: { type: 'string', description: 'Another reasoning effort than yours.' },
    service_tier: { type: 'string', description: 'Another service tier than yours.' },
  },
  additionalProperties: false,
}

export function spawnAgent(wake: boolean): AgentTool<Spawn> {
  return {
    name: 'spawn_agent',
    item: 'spawnAgent',
    description: [
      'Starts an agent that works beside you on a part that can be told in a few words and does not need to be watched. It has your tools and',
      'permissions, its own conversation, and the same files. Returns at once with its id; a message tells you when it has finished.',
      'Do the part yourself when you need the result before you can do anything else.',
    ].join(' '),
    parameters: PARAMETERS,
    read: readSpawn,
    shown: ({ input, model, effort }) => ({ receiverThreadIds: [], prompt: promptOf(input), model, effort }),
    async run(asked, room, { signal }) {
      const host = hostOf(room)
      const words = asked.role === null ? null : (ROLES[asked.role] ?? null)
      const agent = await started(() =>
        host.spawn(
          {
            input: words === null ? asked.input : [{ type: 'text', text: words }, ...asked.input],
            context: asked.forks ? 'full' : 'none',
            budget: null,
            deadlineMs: START_MS,
            wake,
            oneShot: false,
            name: nextName(room),
            role: asked.role ?? 'default',
            settings: settingsOf(asked),
          },
          signal,
        ),
      )
      return {
        output: { agent_id: agent.threadId, nickname: agent.name },
        receiverThreadIds: [agent.threadId],
        states: { [agent.threadId]: agent.status },
      }
    },
  }
}

function readSpawn(value: JsonValue): Spawn {
  const record = asRecord(value)
  const role = optionalString(record, 'agent_type')
  if (role !== null && !Object.hasOwn(ROLES, role)) {
    throw new Error(`unknown agent_type '${role}'; there are ${ROLE_NAMES.join(', ')}`)
  }
  const forks = optionalBoolean(record, 'fork_context') ?? false
  if (forks && role !== null) {
    throw new Error('Full-history forked agents inherit the parent agent type; leave out agent_type, or spawn without fork_context')
  }
  return {
    input: readMessage(record),
    role,
    forks,
    model: optionalString(record, 'model'),
    effort: optionalString(record, 'reasoning_effort'),
    serviceTier: optionalString(record, 'service_tier'),
  }
}

function settingsOf({ model, effort, serviceTier }: Spawn): SettingsOverrides {
  return {
    ...(model === null ? {} : { model }),
    ...(effort === null ? {} : { effort }),
    ...(serviceTier === null ? {} : { serviceTier }),
  }
}

/** What keeps an agent from starting is something the model can act on. */
async function started(spawn: () => Promise<Delegate>): Promise<Delegate> {
  try {
    return await spawn()
  } catch (error) {
    throw OctavoError.is(error) ? new ToolFailure(spawnFailure(error), { cause: error }) : error
  }
}

function spawnFailure({ code, message, data }: OctavoError): string {
  // The depth has words of its own, which say what to do.
  return code === 'agent_limit_reached' && 'maxDepth' in (data ?? {}) ? message : `collab spawn failed: ${message}`
}
