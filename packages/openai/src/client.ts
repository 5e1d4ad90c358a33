import type { IncomingMessage } from 'node:http'
import { anySignal, CancelledError, type Clock, throwIfCancelled } from '@octavo/base'
import type { ModelClient, ModelInfo, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'
import { type AuthSource, resolveKey } from './auth/index.ts'
import { brokenError, httpError } from './errors.ts'
import { EventQueue } from './event-queue.ts'
import { headerMap, notableHeaders, requestHeaders, TURN_STATE_HEADER } from './headers.ts'
import { rateLimitsOfHeaders } from './rate-limits.ts'
import { ResponseReading } from './response-reading.ts'
import type { Transport } from './transport.ts'
import type { Wire } from './wire.ts'

/** What all clients of a provider share. */
export interface ClientParts {
  /** Of the provider, for messages. */
  readonly name: string
  readonly wire: Wire
  /** Full address of an endpoint, query included. */
  readonly urlOf: (path: string) => URL
  readonly transport: Transport
  readonly auth: AuthSource
  readonly environment: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string>>
  readonly originator: string
  readonly userAgent: string
  readonly clock: Clock
  readonly model: (slug: string) => ModelInfo
  /** What to check when the server does not know the address. */
  readonly hint: string
}

/** Events waiting for the engine above which the connection is paused. */
const HIGH_WATER = 4096
/** Complete responses that may be unfinished on the wire; a server with more does not end them at all. */
const MOST_DRAINING = 4
const MAX_BODY_CHARACTERS = 1024 * 1024

/** The client of one turn over HTTP: each stream is one request, sent when its first event is asked for. */
export class HttpModelClient implements ModelClient {
  readonly #parts: ClientParts
  readonly #disposed = new AbortController()
  /** Responses that are complete and whose connection has not ended its part yet. */
  readonly #draining = new Set<IncomingMessage>()
  #turnState: string | null = null

  constructor(parts: ClientParts) {
    this.#parts = parts
  }

  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const left = new AbortController()
    const stop = anySignal(signal, left.signal, this.#disposed.signal)
    let response: IncomingMessage | null = null
    const start = async (): Promise<void> => {
      try {
        response = await this.#open(request, stop)
        this.#read(response, request, queue)
      } catch (error) {
        queue.fail(error)
      }
    }
    const onStop = (): void => queue.abort(cancelled(stop))
    const queue = new EventQueue<ModelEvent>({
      onStart: () => void start(),
      onDemand: () => response?.resume(),
      onAbandoned: () => left.abort(),
      onEnd: () => stop.removeEventListener('abort', onStop),
    })
    stop.addEventListener('abort', onStop, { once: true })
    return queue
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort(new CancelledError('shutdown'))
    this.#endDraining()
  }

  async #open(request: ModelRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { name, wire, urlOf, transport, auth, environment, headers: extra, originator, userAgent, clock, model, hint } = this.#parts
    throwIfCancelled(signal)
    const key = await resolveKey(auth, environment, name)
    const secret = key?.secret ?? null
    const url = urlOf(wire.path)
    const headers = requestHeaders(request, { originator, userAgent, extra, secret, turnState: this.#turnState })
    const body = JSON.stringify(wire.body(request, model(request.model)))
    const response = await transport.send({ method: 'POST', url, headers, body }, signal)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    const text = await textOf(response)
    throwIfCancelled(signal)
    const keyOrigin = key?.origin ?? null
    throw await httpError({ status, headers: headerMap(response.headers), url, now: clock.now(), keyOrigin, hint }, text, secret)
  }

  #read(response: IncomingMessage, request: ModelRequest, queue: EventQueue<ModelEvent>): void {
    const headers = headerMap(response.headers)
    this.#turnState = headers.get(TURN_STATE_HEADER) ?? this.#turnState
    queue.push([
      { type: 'headers', values: notableHeaders(headers) },
      ...rateLimitsOfHeaders(headers).map((snapshot): ModelEvent => ({ type: 'rateLimits', snapshot })),
    ])
    const reading = new ResponseReading(this.#parts.wire.decoder(request), queue)
    response.on('data', (text: string) => {
      if (!queue.isOpen) return
      reading.push(text)
      if (!queue.isOpen) this.#drain(response)
      else if (queue.size > HIGH_WATER) response.pause()
    })
    response.once('end', () => reading.end())
    response.once('error', (error) => queue.fail(brokenError(error)))
    response.once('close', () => reading.end())
  }

  /** All is said. What the server still sends is read away, so that the connection can be used again; it does not keep the process alive. */
  #drain(response: IncomingMessage): void {
    if (response.complete) return
    if (this.#draining.size >= MOST_DRAINING) this.#endDraining()
    this.#draining.add(response)
    response.once('close', () => this.#draining.delete(response))
    response.socket.unref()
    response.resume()
  }

  /** Hangs up on servers that say the response is complete and do not end it. */
  #endDraining(): void {
    for (const response of this.#draining) response.destroy()
  }
}

/** The body as text, at most 1 Mi characters of it; one that breaks off is given as far as it came. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const piece of response) {
      text += String(piece)
      if (text.length >= MAX_BODY_CHARACTERS) break
    }
  } catch {
    // The status says enough; a body that was cut is told as far as it came.
  }
  return text.slice(0, MAX_BODY_CHARACTERS)
}

function cancelled(signal: AbortSignal): unknown {
  try {
    throwIfCancelled(signal)
  } catch (error) {
    return error
  }
  return null
}
