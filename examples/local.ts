import { createOctavo, localPreset, readLocalConfig } from 'octavo/local'

const config = await readLocalConfig({ cwd: process.cwd(), environment: process.env })
await using octavo = await createOctavo(localPreset({ config, environment: process.env }))
const thread = await octavo.startThread()
const turn = await thread.run('What does this project do?')
console.log((await turn.done).lastMessage)
