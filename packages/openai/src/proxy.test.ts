import { createServer, request as httpRequest } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { collect, COMPLETED, provider, rawServer, sse } from '../test/raw-server.ts'
import { proxyProblem, proxyVariables } from './proxy.ts'

const CERTIFICATE = fileURLToPath(new URL('../test/fixtures/localhost-cert.pem', import.meta.url))
const KEY = fileURLToPath(new URL('../test/fixtures/localhost-key.pem', import.meta.url))
const env = (values: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(values))

interface LocalProxy extends AsyncDisposable {
  readonly url: string
  /** First lines of what it was asked, such as `POST http://…` or `CONNECT host:port`. */
  readonly asked: readonly string[]
}

/** A forward proxy: absolute URLs for http, CONNECT for https. */
async function localProxy(): Promise<LocalProxy> {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const onward = httpRequest(incoming.url ?? '', { method: incoming.method, headers: incoming.headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, client) => {
    asked.push(`CONNECT ${incoming.url}`)
    const [host = '', port] = (incoming.url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.pipe(client)
      client.pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  return { ...(await listen(server)), asked }
}

async function listen(server: ReturnType<typeof createServer>): Promise<{ readonly url: string } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function secureServer(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createSecureServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (incoming, outgoing) => {
    incoming.resume().on('end', () => sse(outgoing, COMPLETED))
  })
  const { url, ...rest } = await listen(server)
  return { url: url.replace('http:', 'https:'), ...rest }
}

test('a request goes through HTTP_PROXY, and not where NO_PROXY says (R66)', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  await using proxy = await localProxy()
  await using through = provider(server.origin, { environment: env({ HTTP_PROXY: proxy.url }) })
  expect((await collect(through)).error).toBeNull()
  expect(proxy.asked).toEqual([`POST ${server.origin}/v1/responses`])
  await using past = provider(server.origin, { environment: env({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }) })
  expect((await collect(past)).error).toBeNull()
  expect([proxy.asked.length, server.seen.length]).toEqual([1, 2])
})

test('a secure request goes through HTTPS_PROXY, and trusts the authorities the environment names (R66)', async () => {
  await using server = await secureServer()
  await using proxy = await localProxy()
  const { host } = new URL(server.url)
  await using through = provider(server.url, { environment: env({ https_proxy: proxy.url, SSL_CERT_FILE: CERTIFICATE }) })
  expect((await collect(through)).error).toBeNull()
  expect(proxy.asked).toEqual([`CONNECT ${host}`])
})

test.each(['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('%s adds certificate authorities', async (name) => {
  await using server = await secureServer()
  await using trusting = provider(server.url, { environment: env({ [name]: CERTIFICATE }) })
  expect((await collect(trusting)).error).toBeNull()
})

test('without them the connection fails and says which variable would help', async () => {
  await using server = await secureServer()
  await using doubting = provider(server.url)
  expect((await collect(doubting)).error).toMatchObject({
    code: 'connection_failed',
    message: expect.stringContaining('name your certificate authority in SSL_CERT_FILE'),
  })
})

test('a certificate file that cannot be read fails with the variable that names it', async () => {
  await using lost = provider('https://127.0.0.1:1', { environment: env({ SSL_CERT_FILE: '/nowhere/ca.pem' }) })
  expect((await collect(lost)).error).toMatchObject({
    code: 'invalid_request',
    retryable: false,
    data: { variable: 'SSL_CERT_FILE' },
    message: expect.stringContaining('cannot read the certificates that SSL_CERT_FILE names'),
  })
})

test('a proxy that is not there is a typed error', async () => {
  const proxy = await localProxy()
  await proxy[Symbol.asyncDispose]()
  await using through = provider('http://127.0.0.1:1', { environment: env({ HTTP_PROXY: proxy.url }) })
  expect((await collect(through)).error).toMatchObject({ code: 'connection_failed' })
})

test('proxy variables are read in either case, and ALL_PROXY stands in for both', () => {
  expect(proxyVariables(env({ https_proxy: 'http://a', NO_PROXY: 'localhost' }))).toEqual({
    HTTPS_PROXY: 'http://a',
    NO_PROXY: 'localhost',
  })
  expect(proxyVariables(env({ ALL_PROXY: 'http://a', HTTP_PROXY: 'http://b' }))).toEqual({
    HTTP_PROXY: 'http://b',
    HTTPS_PROXY: 'http://a',
  })
  expect(proxyVariables(env({ NO_PROXY: '*', HTTP_PROXY: ' ' }))).toBeNull()
})

test.each([
  ['22.18.0', true],
  ['22.20.9', true],
  ['22.21.0', false],
  ['23.11.0', true],
  ['24.4.1', true],
  ['24.5.0', false],
  ['26.10.0', false],
])('Node %s and a proxy variable is a problem: %s (R66)', (version, isProblem) => {
  const problem = proxyProblem(version, env({ https_proxy: 'http://proxy:3128' }))
  expect(problem).toBe(
    isProblem
      ? `https_proxy is set, but Node ${version} cannot use a proxy: requests go out directly; install Node 22.21, 24.5 or newer`
      : null,
  )
})

test('no proxy is no problem on any Node, and one that is no http URL is told', () => {
  expect(proxyProblem('22.18.0', env({ NO_PROXY: '*' }))).toBeNull()
  expect(proxyProblem('26.10.0', env({ ALL_PROXY: 'socks5://localhost:1080' }))).toBe(
    'ALL_PROXY is not a URL that begins with http:// or https://, so the proxy cannot be used; correct or unset it',
  )
})
