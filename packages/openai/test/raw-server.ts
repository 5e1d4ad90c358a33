import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { ModelRequest } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'
import { createOpenAiProvider, type OpenAiProvider, type OpenAiProviderOptions } from '../src/index.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface RawServer extends AsyncDisposable {
  /** Without a path. */
  readonly origin: string
  readonly seen: readonly Seen[]
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>
}

/** A server that answers as the test says; it knows nothing of either API. */
export async function rawServer(answer: (seen: Seen, outgoing: ServerResponse, number: number) => void): Promise<RawServer> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (piece: string) => (body += piece))
    incoming.on('end', () => {
      const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body }
      seen.push(request)
      answer(request, outgoing, seen.length)
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on a port
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    sockets,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Answers with these events and ends. */
export function sse(outgoing: ServerResponse, ...events: readonly (object | string)[]): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
  outgoing.end(events.map(sseText).join(''))
}

export function sseText(event: object | string): string {
  return `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`
}

export const COMPLETED: object = { type: 'response.completed', response: { id: 'resp_1', usage: null } }

/** A provider with plain options. */
export function provider(origin: string, options: Partial<OpenAiProviderOptions> = {}): OpenAiProvider {
  return createOpenAiProvider({
    id: 'local',
    name: 'Local',
    baseUrl: `${origin}/v1`,
    wire: 'responses',
    auth: { kind: 'none' },
    limits: { streamMaxRetries: 5, requestMaxRetries: 4, streamIdleTimeoutMs: 300_000 },
    environment: new Map(),
    originator: 'octavo_test',
    userAgent: 'octavo/0.0.0',
    isOpenAi: false,
    ...options,
  })
}

const IDENTITY = { threadId: 'thread-1', sessionId: 'session-1', turnId: 'turn-1', window: 'thread-1:0' }

/** A request with plain values. */
export function modelRequest(more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'local-model',
    instructions: 'Be brief.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
    tools: [],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: 'session-1',
    identity: IDENTITY as ModelRequest['identity'], // readable ids instead of UUIDs
    clientMetadata: {},
    ...more,
  }
}

export const TURN: Parameters<OpenAiProvider['connect']>[0] = IDENTITY as never // the same readable ids

/** Everything one request yields, and how it ended. */
export async function collect(
  from: OpenAiProvider,
  request: ModelRequest = modelRequest(),
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly events: readonly ModelEvent[]; readonly error: unknown }> {
  await using client = await from.connect(TURN)
  const events: ModelEvent[] = []
  try {
    for await (const event of client.stream(request, signal)) events.push(event)
    return { events, error: null }
  } catch (error) {
    return { events, error }
  }
}
