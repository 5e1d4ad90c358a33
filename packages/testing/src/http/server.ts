import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseJson, systemClock } from '@octavo/base'
import { chatFrames } from './chat-frames.ts'
import type { Rendering } from './frames.ts'
import { responsesFrames } from './responses-frames.ts'
import type { HttpAnswer, HttpFault, HttpHandler, HttpScript, RecordedRequest } from './script.ts'

/** A server of OpenAI's two APIs that answers from a script, on the loopback interface. */
export interface ScriptedServer extends AsyncDisposable {
  /** Base URL, `http://127.0.0.1:<port>/v1`. */
  readonly url: string
  /** Every request to one of the two APIs, in the order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Open connections, idle ones among them. */
  connections(): Promise<number>
  /** Ends every connection, those that stall too. */
  close(): Promise<void>
}

export interface ScriptedServerOptions {
  /** Default: any free one. */
  readonly port?: number
}

/**
 * Starts a server. `POST …/responses` gets an event stream of the Responses API, `POST …/chat/completions` one of Chat Completions,
 * both made of the same answer. `GET …/models` lists one model, `scripted`; `GET /requests` gives what was recorded, as JSON.
 *
 * @param script answers in order, or a function that chooses
 */
export async function startScriptedServer(
  script: readonly HttpAnswer[] | HttpScript | HttpHandler,
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = []
  const counts = new Map<string, number>()
  const numbering = (prefix: string): string => {
    const count = (counts.get(prefix) ?? 0) + 1
    counts.set(prefix, count)
    return `${prefix}_${count}`
  }
  const handler = toHandler(script)
  const closing = new AbortController()
  const server = createServer((incoming, outgoing) => {
    outgoing.on('error', () => {}) // the client went away; nobody else is told
    void serve(incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const receivedAt = systemClock.now()
    const path = incoming.url ?? '/'
    const isModels = /\/models(?:\?|$)/.test(path)
    if (incoming.method === 'GET' && (isModels || path === '/requests')) {
      sendJson(outgoing, 200, isModels ? { object: 'list', data: [{ id: 'scripted', object: 'model' }] } : requests)
      return
    }
    const body = await readBody(incoming)
    const wire = /\/chat\/completions(?:\?|$)/.test(path) ? chatFrames : /\/responses(?:\?|$)/.test(path) ? responsesFrames : null
    if (wire === null || incoming.method !== 'POST') {
      sendJson(outgoing, 404, { error: { message: `nothing is served at ${incoming.method} ${path}`, type: 'invalid_request_error' } })
      return
    }
    const request = recordOf(incoming, { number: requests.length + 1, path, body, receivedAt })
    requests.push(request)
    const answer = await handler(request)
    await play(answer, { answer, request, numbering }, wire, outgoing, closing.signal)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a server that listens on a port has this kind of address
  const close = async (): Promise<void> => {
    closing.abort()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function toHandler(script: readonly HttpAnswer[] | HttpScript | HttpHandler): HttpHandler {
  if (typeof script === 'function') return script
  const { answers, afterLast = 'fail' } = 'answers' in script ? script : { answers: script }
  const exhausted: HttpAnswer = {
    kind: 'response',
    parts: [],
    fault: { kind: 'status', status: 500, body: { error: { message: `the script has ${answers.length} answers and no more` } } },
  }
  return ({ number }) => answers[number - 1] ?? (afterLast === 'repeat' ? answers.at(-1) : undefined) ?? exhausted
}

const BATCH_CHARACTERS = 32 * 1024

async function play(
  answer: HttpAnswer,
  rendering: Rendering,
  wire: (rendering: Rendering) => string[],
  outgoing: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const { fault } = answer
  switch (fault?.kind) {
    case 'status':
      sendJson(outgoing, fault.status, fault.body ?? null, fault.headers)
      return
    case 'refuse':
      outgoing.destroy()
      return
    case 'stallBeforeHeaders':
      return
    case 'garbage':
      outgoing.writeHead(200, { 'content-type': fault.contentType ?? 'text/event-stream', ...answer.headers })
      outgoing.end(fault.text)
      return
    default:
      outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...answer.headers })
      outgoing.flushHeaders()
      await stream(wire(rendering), answer, outgoing, closing)
  }
}

async function stream(frames: readonly string[], answer: HttpAnswer, outgoing: ServerResponse, closing: AbortSignal): Promise<void> {
  const { fault, delayMs = 0 } = answer
  const until = stopsAt(fault, frames.length)
  let batch = ''
  const send = async (): Promise<void> => {
    const text = batch
    batch = ''
    if (!outgoing.destroyed && !outgoing.write(text)) await drained(outgoing)
  }
  for (const [index, text] of frames.slice(0, until).entries()) {
    if (outgoing.destroyed) return
    if (fault?.kind === 'noise' && fault.afterEvents === index) batch += fault.text
    batch += text
    if (delayMs > 0) {
      await systemClock.sleep(delayMs, closing)
      await send()
    } else if (batch.length > BATCH_CHARACTERS) await send()
  }
  if (fault?.kind === 'cut') batch += (frames[until] ?? '').slice(0, Math.ceil((frames[until] ?? '').length / 2))
  if (fault?.kind === 'cut') {
    // Cut only when the client has what was sent: an immediate reset may overtake it.
    await new Promise<void>((resolve) => outgoing.write(batch, () => resolve()))
    outgoing.destroy()
  } else if (fault?.kind === 'stall') await send()
  else outgoing.end(batch)
}

/** Also when the client has gone. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}

function stopsAt(fault: HttpFault | undefined, count: number): number {
  return fault?.kind === 'stall' || fault?.kind === 'cut' || fault?.kind === 'end' ? Math.min(fault.afterEvents, count) : count
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const isText = typeof body === 'string'
  outgoing.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers })
  outgoing.end(isText ? body : JSON.stringify(body))
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = ''
  incoming.setEncoding('utf8')
  for await (const piece of incoming) text += String(piece)
  return text
}

function recordOf(
  incoming: IncomingMessage,
  { number, path, body, receivedAt }: { number: number; path: string; body: string; receivedAt: number },
): RecordedRequest {
  const parsed = body === '' ? null : parseJson(body)
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
  return {
    number,
    method: incoming.method ?? '',
    path,
    headers: Object.fromEntries(headers),
    body: parsed === null ? null : parsed.ok ? parsed.value : body,
    receivedAt,
  }
}
