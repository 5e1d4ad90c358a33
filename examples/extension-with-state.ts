import { calls, says, scriptedModel } from '@octavo/testing'
import { defineExtension, defineTool, stateKey } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'
import * as z from 'zod'

// A place in the state of each thread. Another extension cannot reach it without this key.
const notes = stateKey('thread', 'notes', (): string[] => [])

const remember = defineTool({
  name: 'remember',
  description: 'Remembers one line for later turns of this thread.',
  input: z.object({ line: z.string() }),
  execute({ line }, { state }) {
    state.get(notes).push(line)
    return `${state.get(notes).length} remembered`
  },
})

const notebook = defineExtension({
  id: 'notebook',
  contributes: {
    tools: [remember],
    // Words that go with what the user says.
    turnInput: { contribute: (_input, { state }) => state.get(notes).map((line) => `Remembered: ${line}`) },
    turnLifecycle: { stopped: (_turn, { state }) => console.log(`the thread has ${state.get(notes).length} notes`) },
  },
})

const model = scriptedModel([
  calls('remember', { line: 'the tests run with make' }),
  says('I will.'),
  ({ input }) =>
    says(input.some((item) => JSON.stringify(item).includes('Remembered: the tests run with make')) ? 'With make.' : 'No idea.'),
])

await using octavo = await createOctavo(embedded({ model, extensions: [notebook] }))
const thread = await octavo.startThread()
await (
  await thread.run('Remember how the tests run')
).done
console.log((await (await thread.run('How do the tests run?')).done).lastMessage)
