import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { throwIfCancelled } from '@octavo/base'
import { connectionError, settingsError } from './errors.ts'
import { agentOptions } from './proxy.ts'

export interface HttpRequest {
  readonly method: 'POST' | 'GET'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** JSON text; null for none. */
  readonly body: string | null
}

/**
 * Sends requests of one provider over `node:http` and `node:https`, which are loaded with the first one and start faster than fetch.
 *
 * Connections are kept for the next request and do not keep the process alive while idle. One per provider; shared by its clients.
 */
export class Transport implements Disposable {
  readonly #environment: ReadonlyMap<string, string>
  readonly #agents = new Map<string, Agent>()

  constructor(environment: ReadonlyMap<string, string>) {
    this.#environment = environment
  }

  /**
   * The answer as soon as its headers are there; its body flows as UTF-8 text once it is read. When the signal aborts, before or
   * after, the connection is destroyed at once.
   *
   * @throws CancelledError
   * @throws ModelError `connection_failed`; `invalid_request` for a header, proxy or certificate setting that cannot be used
   */
  async send({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    throwIfCancelled(signal)
    const agent = this.#agentFor(url.protocol)
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    let outgoing: ClientRequest
    try {
      outgoing = request(url, { method, headers: { ...headers }, agent })
    } catch (error) {
      throw settingsError(error, 'cannot make the request of the settings of the provider')
    }
    const onAbort = (): void => void outgoing.destroy()
    signal.addEventListener('abort', onAbort, { once: true })
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort))
    outgoing.once('response', resolve)
    outgoing.on('error', reject) // later ones, after the response, are told by the response itself
    outgoing.end(body ?? undefined)
    try {
      const response = await promise
      response.setEncoding('utf8')
      return response
    } catch (error) {
      throwIfCancelled(signal)
      throw connectionError(error, url)
    }
  }

  /** Ends what is idle or running. */
  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }

  #agentFor(protocol: string): Agent {
    const known = this.#agents.get(protocol)
    if (known !== undefined) return known
    const isSecure = protocol === 'https:'
    try {
      const options = agentOptions(this.#environment, isSecure)
      const { Agent: AgentOfProtocol } = process.getBuiltinModule(isSecure ? 'node:https' : 'node:http')
      const agent = new AgentOfProtocol(options)
      this.#agents.set(protocol, agent)
      return agent
    } catch (error) {
      throw settingsError(error, 'cannot use the proxy or certificate settings of the environment')
    }
  }
}
