// A Responses server for benchmarks, in a process of its own. What it answers is chosen by the words of the first user message:
//   "turn"            one message of five deltas
//   "deltas N"        one message of N deltas
//   "calls N"         N steps of one exec_command each, then a message
//   "parallel N"      one response with N exec_command calls, then a message
//   "held N"          one message of N deltas, the second half of them after GET /release
// GET /log gives and forgets what arrived: {log: [{at, bytes}], held}, epoch milliseconds of each first byte, and how many responses are held
// back; GET /bodies adds the bodies.
import { createServer } from 'node:http'

let log = []
let bodies = []
const held = new Set()

const server = createServer((request, response) => {
  if (request.method === 'GET') return answerGet(request, response)
  const at = Date.now() + (performance.now() % 1)
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    log.push({ at, bytes: body.length })
    bodies.push(body.toString())
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const { prompt, text } = eventsFor(JSON.parse(body.toString()))
    if (prompt.startsWith('held ')) return hold(response, text)
    response.end(text)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/v1`))

function answerGet(request, response) {
  response.end(JSON.stringify(request.url.endsWith('/bodies') ? { log, bodies } : { log, held: held.size }))
  log = []
  bodies = []
  if (request.url.endsWith('/release')) for (const release of held) release()
}

/** Sends half of a response and keeps the rest back. */
function hold(response, text) {
  const middle = text.indexOf('\n\n', text.length / 2) + 2
  response.write(text.slice(0, middle))
  const release = () => response.end(text.slice(middle))
  held.add(release)
  response.once('close', () => held.delete(release))
}

const cache = new Map()

function eventsFor({ input }) {
  const prompt = promptOf(input)
  const done = input.filter((item) => item.type === 'function_call_output').length
  const key = `${prompt}|${done}`
  let text = cache.get(key)
  if (text === undefined) {
    text = render(prompt, done)
    cache.set(key, text)
  }
  return { prompt, text }
}

/** The last user message that names a script. */
function promptOf(input) {
  for (const item of input.toReversed()) {
    if (item.type !== 'message' || item.role !== 'user') continue
    const text = typeof item.content === 'string' ? item.content : item.content.map((part) => part.text ?? '').join('')
    if (/^(turn|deltas \d+|calls \d+|parallel \d+|held \d+)/.test(text)) return text.trim()
  }
  return 'turn'
}

function render(prompt, done) {
  const [kind, count] = prompt.split(' ')
  if (kind === 'calls' && done < Number(count)) return stream([call(done)])
  if (kind === 'parallel' && done === 0) return stream(Array.from({ length: Number(count) }, (_, index) => call(index)))
  return stream([], kind === 'deltas' || kind === 'held' ? Number(count) : 5)
}

function call(index) {
  return {
    type: 'function_call',
    id: `fc_${index}`,
    call_id: `call_${index}`,
    name: 'exec_command',
    arguments: JSON.stringify({ cmd: 'true', login: false }),
    status: 'completed',
  }
}

function stream(calls, deltas = 0) {
  const events = [{ type: 'response.created', response: { id: 'resp_1' } }]
  calls.forEach((item, index) => {
    events.push({ type: 'response.output_item.added', output_index: index, item })
    events.push({ type: 'response.output_item.done', output_index: index, item })
  })
  if (deltas > 0) {
    const piece = 'word '
    const message = {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: piece.repeat(deltas) }],
    }
    events.push({ type: 'response.output_item.added', output_index: 0, item: { ...message, status: 'in_progress', content: [] } })
    for (let index = 0; index < deltas; index += 1) {
      events.push({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: piece })
    }
    events.push({ type: 'response.output_item.done', output_index: 0, item: message })
  }
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 105,
  }
  events.push({ type: 'response.completed', response: { id: 'resp_1', usage } })
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}
