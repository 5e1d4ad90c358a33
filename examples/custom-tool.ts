import { calls, responds, says, scriptedModel } from '@octavo/testing'
import { defineTool } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'
import * as z from 'zod'

let rolls = 0
const dice = defineTool({
  name: 'roll',
  description: 'Rolls a die with the given number of sides.',
  input: z.object({ sides: z.number().int().min(2) }),
  execute: ({ sides }) => `roll ${(rolls += 1)}: ${sides > 3 ? 4 : 1}`, // a fair die; the 4 was thrown once and written down
})

// A script stands in for the model, so that this runs offline. It calls the tool wrongly, then rightly, then repeats what it heard.
const model = scriptedModel([
  calls('roll', { sides: 'six' }),
  responds(says('A number, then.'), calls('roll', { sides: 6 })),
  ({ input }) => {
    const last = input.at(-1)
    return says(last?.type === 'function_call_output' ? `The tool said: ${String(last.output)}` : 'The tool said nothing')
  },
])

await using octavo = await createOctavo(embedded({ model, tools: [dice] }))
const thread = await octavo.startThread()
using _ = thread.on('item.completed', ({ item }) => console.log(item.type === 'toolCall' ? `${item.tool}: ${item.status}` : item.type))
const turn = await thread.run('Roll a die')
console.log((await turn.done).lastMessage)
