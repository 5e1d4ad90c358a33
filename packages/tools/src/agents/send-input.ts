import { OctavoError } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { ToolFailure } from '@octavo/extension-api'
import type { ThreadId, UserInput } from '@octavo/protocol'
import { asRecord, optionalBoolean, requiredString } from '../arguments.ts'
import { agentOf } from './agent-room.ts'
import type { AgentTool } from './call.ts'
import { MESSAGE_PARAMETERS, promptOf, readMessage } from './message.ts'

export interface SendInput {
  readonly target: string
  readonly input: readonly UserInput[]
  readonly interrupt: boolean
}

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    target: { type: 'string', description: 'The id that spawn_agent gave.' },
    ...MESSAGE_PARAMETERS,
    interrupt: {
      type: 'boolean',
      description: 'True: the agent stops what it does and turns to this. Default false: it reads this with its next step.',
    },
  },
  required: ['target'],
  additionalProperties: false,
}

export const sendInput: AgentTool<SendInput> = {
  name: 'send_input',
  item: 'sendInput',
  description: 'Tells an agent more. One that has finished begins to work again; use it for what belongs to the same part.',
  parameters: PARAMETERS,
  read(value) {
    const record = asRecord(value)
    const interrupt = optionalBoolean(record, 'interrupt') ?? false
    return { target: requiredString(record, 'target'), input: readMessage(record), interrupt }
  },
  shown: ({ target, input }) => ({ receiverThreadIds: [target as ThreadId], prompt: promptOf(input), model: null, effort: null }),
  async run({ target, input, interrupt }, room, { ids }) {
    const agent = agentOf(room, target)
    const id = ids.next('submission')
    try {
      if (interrupt) await agent.submit({ type: 'interrupt' })
      const admission = await agent.submit({ type: 'userInput', items: input }, id)
      if (admission.kind === 'refused') throw admission.error
    } catch (error) {
      throw OctavoError.is(error) ? new ToolFailure(error.message, { cause: error }) : error
    }
    return { output: { submission_id: id }, receiverThreadIds: [agent.threadId], states: { [agent.threadId]: agent.status } }
  },
}
