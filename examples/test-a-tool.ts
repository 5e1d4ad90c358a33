import { defineTool } from '@octavo/extension-api'
import { calls, checkTool, createTestEngine, says } from '@octavo/testing'
import * as z from 'zod'

const greet = defineTool({
  name: 'greet',
  description: 'Greets somebody by name',
  input: z.object({ name: z.string() }),
  execute: ({ name }) => `Hello ${name}`,
})

// The contract of any tool: schema, plan without effect, bounded output, stops when aborted.
await checkTool(greet, { input: { name: 'Ada' } })

// What a model sees of it.
await using world = createTestEngine({ model: [calls('greet', { name: 'Ada' }), says('Done.')], tools: [greet] })
const thread = await world.startThread()
const turn = await thread.run('Greet Ada')
console.log(turn.lastMessage)
console.log(await thread.outputs())
