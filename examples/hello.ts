import { createOctavo, embedded } from 'octavo/embedded'
import { says, scriptedModel } from '@octavo/testing'

await using octavo = await createOctavo(embedded({ model: scriptedModel([says('Hello from Octavo')]) }))
const thread = await octavo.startThread()
const turn = await thread.run('Say hello')
console.log((await turn.done).lastMessage)
