import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { responses, serveFromScript } from './index.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'octavo-http-'))
})
afterAll(async () => {
  await rm(home, { recursive: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function node(...args: readonly string[]): {
  readonly child: ChildProcess
  readonly line: Promise<string>
  readonly ended: Promise<Ended>
} {
  const child = spawn(process.execPath, ['--conditions=@octavo/source', ...args], { cwd: PACKAGE, stdio: ['pipe', 'pipe', 'pipe'] })
  const line = Promise.withResolvers<string>()
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (stdout.includes('\n')) line.resolve(stdout.split('\n', 1)[0] ?? '')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  return { child, line: line.promise, ended }
}

/** One request of the real client, without closing anything; prints how long the process lived on after it. */
const ONE_TURN = `
  import { createOpenAiProvider } from '@octavo/openai'
  const provider = createOpenAiProvider({
    id: 'local', name: 'Local', baseUrl: process.argv[1], wire: 'responses', auth: { kind: 'none' }, environment: new Map(),
    limits: { streamMaxRetries: 0, requestMaxRetries: 0, streamIdleTimeoutMs: 1000 },
    originator: 'octavo_test', userAgent: 'octavo/0.0.0', isOpenAi: false,
  })
  const client = await provider.connect({ threadId: 't', turnId: 'u' })
  const request = {
    model: 'scripted', instructions: null, input: [], tools: [], parallelToolCalls: true, effort: null, summary: null, verbosity: null,
    serviceTier: null, outputSchema: null, promptCacheKey: 's', identity: { threadId: 't', sessionId: 's', turnId: 'u', window: 't:0' },
    clientMetadata: {},
  }
  for await (const event of client.stream(request, new AbortController().signal)) if (event.type === 'completed') console.log(event.responseId)
  const loaded = process.moduleLoadList.filter((name) => name.includes('undici'))
  const start = performance.now()
  process.on('exit', () => console.log(JSON.stringify({ loaded, lingeredMs: performance.now() - start })))
`

test('a script in a file is served by a process of its own, and the client lets its process end right after the turn', async () => {
  const script = join(home, 'script.json')
  const stalled = responses.with(responses.text('two'), { fault: { kind: 'stall', afterEvents: 1000 }, id: 'resp_open' })
  await writeFile(script, JSON.stringify({ answers: [responses.with(responses.text('one'), { id: 'resp_whole' }), stalled] }))
  const server = node(MAIN, script)
  const url = await server.line
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  for (const id of ['resp_whole', 'resp_open']) {
    const { stdout, stderr } = await node('--input-type=module', '-e', ONE_TURN, url).ended
    const [responseId, report = ''] = stdout.split('\n')
    expect([responseId, stderr]).toEqual([id, ''])
    const { loaded, lingeredMs } = JSON.parse(report) as { loaded: readonly string[]; lingeredMs: number } // printed above
    expect(loaded).toEqual([])
    expect(lingeredMs).toBeLessThan(500)
  }
  const requests = await (await fetch(new URL('/requests', url))).json()
  expect(requests).toMatchObject([{ number: 1, path: '/v1/responses' }, { number: 2 }])
  server.child.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
})

test('the process ends with its input when it is asked to', async () => {
  const script = join(home, 'list.json')
  await writeFile(script, JSON.stringify([responses.text('one')]))
  const server = node(MAIN, script, '--until-stdin-ends')
  await server.line
  server.child.stdin?.end()
  expect((await server.ended).code).toBe(0)
})

test('a script that is missing, no JSON or no script is told with its path', async () => {
  const path = join(home, 'bad.json')
  await expect(serveFromScript(path)).rejects.toMatchObject({ code: 'unreadable', message: expect.stringContaining(path) })
  await writeFile(path, '{')
  await expect(serveFromScript(path)).rejects.toMatchObject({
    code: 'invalid_script',
    message: expect.stringContaining(`${path} is not JSON`),
  })
  await writeFile(path, '{"answers":[{"kind":"response"}]}')
  await expect(serveFromScript(path)).rejects.toMatchObject({ code: 'invalid_script' })
  expect(await node(MAIN, path).ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a script') })
})
