import { calls, rulesModel, says } from '@octavo/testing'
import { defineExtension, defineTool, stateKey } from 'octavo'
import type { ThreadHost } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'
import * as z from 'zod'

const HOST = stateKey('thread', 'host', (): { host: ThreadHost | null } => ({ host: null }))

const research = defineTool({
  name: 'research',
  description: 'Gives a question to an agent of its own, within two requests to the model.',
  input: z.object({ question: z.string() }),
  execute: async ({ question }, { state, signal }) => {
    const { host } = state.get(HOST)
    if (host === null) return 'only the thread itself may do research'
    await using delegate = await host.spawn(
      {
        input: [{ type: 'text', text: question }],
        context: 'none',
        budget: { steps: 2 },
        deadlineMs: 10_000,
        wake: false,
        oneShot: true,
      },
      signal,
    )
    const { status, lastMessage } = await delegate.result(signal)
    return status.kind === 'errored' ? `stopped: ${status.message}` : `answer: ${lastMessage}`
  },
})

const look = defineTool({ name: 'look', description: 'Looks once more.', input: z.object({}), execute: () => 'nothing yet' })

const researcher = defineExtension({
  id: 'researcher',
  contributes: {
    tools: [research, look],
    threadLifecycle: {
      started: (host, { state }) => {
        if (host.depth === 0) state.get(HOST).host = host
      },
    },
  },
})

// A script stands in for the model, so that this runs offline: one agent answers, the other would look for ever.
const model = rulesModel([
  {
    when: { anywhere: 'Find out' },
    respond: [
      calls('research', { question: 'How tall is it?' }),
      calls('research', { question: 'Where is the end?' }),
      says('One of two.'),
    ],
  },
  { when: { anywhere: 'How tall is it?' }, respond: says('41 metres') },
  { when: { anywhere: 'Where is the end?' }, respond: calls('look') },
])

await using octavo = await createOctavo(embedded({ model, extensions: [researcher] }))
const thread = await octavo.startThread({ budget: { steps: 20 } })
using _ = thread.on('item.completed', ({ item }) => {
  if (item.type === 'toolCall') console.log(item.content?.map((part) => ('text' in part ? part.text : part.type)).join())
})
const turn = await thread.run('Find out')
console.log((await turn.done).lastMessage)
