// Many threads in one process, each with one active turn against the server given: what a thread costs, idle and active.
//   node --expose-gc threads.mjs <base url> <folder> [threads]
// Prints one line of JSON: bytes per thread (heapUsed and external after collections, less what was there without threads), and of RSS.
// Threads are what a program on this machine gets: files in JSON lines, local workspace, built-in tools, the OpenAI provider over HTTP.
import { join } from 'node:path'
import { createOctavo, systemClock } from '../packages/octavo/dist/index.js'
import { localPreset, readLocalConfig } from '../packages/octavo/dist/local.js'

const [url, folder, given = '500'] = process.argv.slice(2)
const count = Number(given)
const get = async (path) => await (await fetch(`${url.replace('/v1', '')}/${path}`)).json()

const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  OCTAVO_HOME: folder,
  CODEX_HOME: folder,
  OCTAVO_SANDBOX: 'none',
  BENCH_KEY: 'key',
}
const provider = `model_providers.bench={name="bench",base_url="${url}",wire_api="responses",env_key="BENCH_KEY"}`
const overrides = ['model_provider="bench"', provider, 'model="gpt-5.1-codex"', 'sandbox_mode="danger-full-access"']
const config = await readLocalConfig({ cwd: join(folder, 'work'), environment, overrides })
await using octavo = await createOctavo(localPreset({ config, environment }))

const running = []

/** One thread to its end first, so that what is loaded and made once is no thread's. */
const warm = await octavo.startThread()
await turnOf(warm, 'held 40')
await allHeld(1)
await get('release')
await turnsEnd()
await warm[Symbol.asyncDispose]()

const none = await memory()
const threads = []
for (let index = 0; index < count; index += 1) threads.push(await octavo.startThread())
const fresh = await memory()
for (const thread of threads) await turnOf(thread, 'held 40')
await allHeld(count)
const active = await memory()
await get('release')
const results = await turnsEnd()
const idle = await memory()
for (const thread of threads.splice(0)) await thread[Symbol.asyncDispose]()
const closed = await memory()

const per = (state, figure) => Math.round((state[figure] - none[figure]) / count)
const figures = (state) => ({ bytes: per(state, 'heap'), rss: per(state, 'rss') })
const completed = results.filter(({ status, lastMessage }) => status === 'completed' && lastMessage === 'word '.repeat(40)).length
console.log(
  JSON.stringify({
    threads: count,
    completed,
    fresh: figures(fresh),
    active: figures(active),
    idle: figures(idle),
    closed: figures(closed),
  }),
)

async function turnOf(thread, text) {
  const { done } = await thread.run(text)
  running.push(done)
}

/** Until every turn is in the middle of its response. */
async function allHeld(turns) {
  while ((await get('log')).held < turns) await pause(20)
}

async function turnsEnd() {
  return await Promise.all(running.splice(0))
}

async function memory() {
  await pause(200)
  gc()
  await pause(50)
  gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}

async function pause(ms) {
  await systemClock.sleep(ms, new AbortController().signal)
}
