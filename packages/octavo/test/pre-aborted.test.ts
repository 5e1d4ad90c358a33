import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AbsolutePath, CancelledError, createScope, Mailbox, raceSignal, SharedGate, systemClock } from '@octavo/base'
import { IMAGE_LIMITS } from '@octavo/extension-api'
import type {
  ApprovalRequest,
  CommandRequest,
  Delegate,
  DelegateRequest,
  Extension,
  ModelProvider,
  ModelRequest,
  Sandbox,
  SandboxGrant,
  ThreadHost,
  ThreadStore,
} from '@octavo/extension-api'
import type { SessionId, ThreadId, TurnId } from '@octavo/protocol'
import { createSdkProvider } from '@octavo/openai/sdk'
import { createUnavailableSandbox, selectSandbox } from '@octavo/sandbox'
import {
  approves,
  cassetteModel,
  createTestEngine,
  createTestWorkspace,
  ManualClock,
  recordCassette,
  rulesModel,
  says,
  scriptedApprover,
  scriptedModel,
} from '@octavo/testing'
import { createJsonlStore } from '@octavo/thread-store'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { createImagePreparer } from '@octavo/tools'
import { runStandalone } from '@octavo/tools/apply-patch'
import { createGit, createLocalFacts, createLocalWorkspace, repositoryFilters } from '@octavo/workspace/local'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyPatchHere, createOpenAiProvider } from '../src/local.ts'

const aborted = AbortSignal.abort(new CancelledError('interrupted'))
const never = new AbortController().signal
const empty: ReadonlyMap<string, string> = new Map()
const id = '11111111-0000-4000-8000-000000000001' as ThreadId
const holder = { pid: 1, host: 'here', name: 'test' }
const GRANT: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: true }
const CONFINED: SandboxGrant = { enforcement: 'platform', write: [], deny: [], network: 'restricted', escalated: false }

let home: AbsolutePath
beforeAll(async () => {
  home = AbsolutePath.from(await mkdtemp(join(tmpdir(), 'octavo-aborted-')))
})
afterAll(async () => await rm(home, { recursive: true, force: true }))

/** How a call stands when the event loop has gone round once, nothing but what was already due having run. */
async function soon(call: () => Promise<unknown>): Promise<string> {
  let outcome = 'still waits'
  call().then(
    () => (outcome = 'resolved'),
    (error: unknown) => (outcome = CancelledError.is(error) ? 'cancelled' : `rejected with ${String(error)}`),
  )
  await new Promise((resolve) => setImmediate(resolve))
  return outcome
}

const first = <T>(values: AsyncIterable<T>): Promise<unknown> => values[Symbol.asyncIterator]().next()

function command(cwd: AbsolutePath): CommandRequest {
  return { argv: ['true'], cwd, env: empty, stdin: 'none', tty: null, callId: 'call' as CommandRequest['callId'] }
}

function requestOf(model: string): ModelRequest {
  return {
    model,
    instructions: null,
    input: [],
    tools: [],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: '',
    identity: { threadId: id, sessionId: id as string as SessionId, turnId: id as string as TurnId, window: '' },
    clientMetadata: {},
  }
}

async function stream(provider: ModelProvider): Promise<unknown> {
  const client = await provider.connect({ threadId: id, turnId: id as string as TurnId })
  return await first(client.stream(requestOf('m'), aborted))
}

const openAi = (): ReturnType<typeof createOpenAiProvider> =>
  createOpenAiProvider({
    id: 'p',
    name: 'p',
    baseUrl: 'http://127.0.0.1:9/v1',
    wire: 'responses',
    auth: { kind: 'none' },
    limits: { streamMaxRetries: 0, requestMaxRetries: 0, streamIdleTimeoutMs: 1_000 },
    environment: empty,
    originator: 'o',
    userAgent: 'u',
    isOpenAi: false,
  })
/** A client that is never asked for anything. */
const sdk = (): ModelProvider => createSdkProvider({ id: 'sdk', client: { baseURL: 'http://127.0.0.1:9/v1' } as never })

async function writerOf(store: ThreadStore) {
  return await store.create(
    {
      id,
      sessionId: id as string as SessionId,
      createdAt: 0,
      meta: { id, timestamp: '2026-01-01T00:00:00.000Z', cwd: '/', originator: 'o', cli_version: '0', history_mode: 'paginated' },
      git: null,
    },
    holder,
  )
}

/** Makes a thread with one line, then reads it and flushes it. */
async function stored(store: ThreadStore, what: 'read' | 'flush'): Promise<() => Promise<unknown>> {
  const writer = await writerOf(store)
  writer.append([{ type: 'world_state', payload: { full: true, state: {} } }])
  await writer.flush()
  return what === 'flush' ? () => writer.flush({ signal: aborted }) : () => first(store.read(id, { direction: 'forward', signal: aborted }))
}

const sandboxOf = (force: 'none' | 'bubblewrap'): Sandbox =>
  force === 'none'
    ? createUnavailableSandbox('not here')
    : selectSandbox({ platform: 'linux', environment: new Map([['PATH', '/usr/bin']]), cwd: home, writable: [] })

type Prepared = () => Promise<unknown>

/** Each function with a signal that is public, by the name it has where it is declared; what is awaited first is preparation. */
const CALLS: Readonly<Record<string, () => Prepared | Promise<Prepared>>> = {
  'base sleep (system clock)': () => () => systemClock.sleep(1_000, aborted),
  'base sleep (manual clock)': () => () => new ManualClock().sleep(1_000, aborted),
  'base raceSignal': () => () => raceSignal(new Promise(() => {}), aborted),
  'base take': () => () => new Mailbox().take(aborted),
  'base waitForSpace': () => () => {
    const mailbox = new Mailbox<number>()
    mailbox.push(1)
    return mailbox.waitForSpace(1, aborted)
  },
  'base shared': () => () => new SharedGate().shared(aborted),
  'base exclusive': () => () => new SharedGate().exclusive(aborted),
  'base spawn of a scope under it': () => () => createScope('s', aborted).spawn('task', () => new Promise(() => {})),
  'extension-api spawn (local)': () => async () => {
    await using workspace = createLocalWorkspace({ cwd: home, sandbox: sandboxOf('none'), environment: empty, strip: [] })
    return await workspace.processes.spawn(command(home), aborted)
  },
  'extension-api spawn (memory)': () => () => createMemoryWorkspace(home).processes.spawn(command(home), aborted),
  'extension-api spawn (test)': () => () =>
    createTestWorkspace({ clock: new ManualClock(), cwd: home }).at(home).processes.spawn(command(home), aborted),
  'extension-api git (local facts)': () => () => createLocalFacts({ environment: empty, strip: [] }).git(home, aborted),
  'workspace createGit': () => () => createGit({ environment: empty, strip: [] })(home, ['version'], aborted),
  'workspace repositoryFilters': () => () => repositoryFilters(createGit({ environment: empty, strip: [] }), home, aborted),
  'extension-api probe (none)': () => () => sandboxOf('none').probe(aborted),
  'extension-api probe (bubblewrap)': () => () => sandboxOf('bubblewrap').probe(aborted),
  'extension-api probe (bubblewrap, known)': async () => {
    const sandbox = sandboxOf('bubblewrap')
    await sandbox.probe(never)
    return () => sandbox.probe(aborted)
  },
  'extension-api prepare (none)': () => () => sandboxOf('none').prepare(command(home) as never, GRANT, aborted),
  'extension-api prepare (bubblewrap, open)': () => () => sandboxOf('bubblewrap').prepare(command(home) as never, GRANT, aborted),
  'extension-api prepare (bubblewrap)': () => () => sandboxOf('bubblewrap').prepare(command(home) as never, CONFINED, aborted),
  'extension-api prepare (image)': () => () => createImagePreparer().prepare(new Uint8Array(), IMAGE_LIMITS, aborted),
  'extension-api stream (openai)': () => () => stream(openAi()),
  'extension-api stream (openai package)': () => () => stream(sdk()),
  'extension-api stream (scripted)': () => () => stream(scriptedModel([says('x')])),
  'extension-api stream (rules)': () => () => stream(rulesModel([{ when: {}, respond: says('x') }])),
  'extension-api stream (cassette)': () => async () => {
    const recorder = recordCassette(scriptedModel([says('x')]))
    return await stream(cassetteModel(recorder.cassette()))
  },
  'extension-api stream (recorded)': () => () => stream(recordCassette(scriptedModel([says('x')])).provider),
  'extension-api listModels (openai)': () => () => openAi().listModels(aborted),
  'extension-api listModels (openai package)': () => () => sdk().listModels(aborted),
  'extension-api listModels (scripted)': () => () => scriptedModel([]).listModels(aborted),
  'extension-api read (memory)': () => stored(createMemoryStore(), 'read'),
  'extension-api read (files)': () => stored(createJsonlStore({ home: AbsolutePath.from(join(home, 'read')), codexHome: null }), 'read'),
  'extension-api flush (memory)': () => stored(createMemoryStore(), 'flush'),
  'extension-api flush (files)': () => stored(createJsonlStore({ home: AbsolutePath.from(join(home, 'flush')), codexHome: null }), 'flush'),
  'extension-api review (scripted)': () => () => scriptedApprover(approves()).review({} as ApprovalRequest, aborted),
  'tools runStandalone': () => () =>
    runStandalone({ argv: [], stdin: () => new Promise(() => {}), cwd: home, files: createMemoryWorkspace(home).files, signal: aborted }),
  'octavo applyPatchHere': () => () =>
    applyPatchHere({ argv: ['nothing'], stdin: async () => new Uint8Array(), cwd: home, signal: aborted, program: 'p' }),
  'extension-api spawn (host)': async () => {
    const { host, request } = await hosted()
    return () => host.spawn(request, aborted)
  },
  'extension-api result': async () => {
    const delegate = await delegated()
    return () => delegate.result(aborted)
  },
  'extension-api settled': async () => {
    const delegate = await delegated()
    return () => delegate.settled(aborted)
  },
  'core run': async () => {
    const world = createTestEngine({ model: [] })
    const { thread } = await world.startThread()
    return () => thread.run('x', { signal: aborted })
  },
}

test.each(Object.entries(CALLS))('%s rejects before the next setImmediate when its signal has aborted', async (_name, prepare) => {
  expect(await soon(await prepare())).toBe('cancelled')
})

test('readers of events end at once when their signal has aborted', async () => {
  await using world = createTestEngine({ model: [] })
  const { thread } = await world.startThread()
  expect(await thread.events({ signal: aborted })[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
})

/** A thread, and what an extension may do with it. */
async function hosted(): Promise<{ readonly host: ThreadHost; readonly request: DelegateRequest }> {
  const hosts: ThreadHost[] = []
  const extension: Extension = { id: 'watch', contributes: { threadLifecycle: { started: (host) => void hosts.push(host) } } }
  const world = createTestEngine({ model: [], script: 'free', extensions: [extension] })
  await world.startThread()
  const request: DelegateRequest = { input: [], context: 'none', budget: null, deadlineMs: 1_000, wake: false, oneShot: false }
  return { host: hosts[0] as ThreadHost, request }
}

async function delegated(): Promise<Delegate> {
  const { host, request } = await hosted()
  return await host.spawn(request, never)
}

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url))
/** A function with its parameters, one of which is the signal, and its result, which somebody has to wait for. */
const TAKES_SIGNAL =
  /^(?:export (?:async )?function )?(\w+)\??(?:<[^>]*>)?\([^;{]*\bsignal\??: AbortSignal\b[^;{]*\): (?:Promise|AsyncIterable)</
/** Nothing of ours implements them: a tool's own preparation, and who answers questions. */
const OF_HOSTS = new Set(['ready', 'answer'])

interface SourceFile {
  readonly package: string
  readonly text: string
}

async function sources(): Promise<readonly SourceFile[]> {
  const names = await readdir(PACKAGES)
  const files = await Promise.all(
    names.map(async (name) => {
      const folder = join(PACKAGES, name, 'src')
      const paths = await readdir(folder, { recursive: true }).catch(() => [])
      const sought = paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      return await Promise.all(sought.map(async (path) => ({ package: name, text: await readFile(join(folder, path), 'utf8') })))
    }),
  )
  return files.flat()
}

test('every port and every function of an entry point that takes a signal is in the table', async () => {
  const files = await sources()
  const exported = new Set(
    files.flatMap(({ text }) => [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) => names.split(/\W+/))),
  )
  const declared = new Set<string>()
  for (const { package: name, text } of files) {
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      if (name !== 'extension-api' && !line.startsWith('export')) continue
      // A declaration may stand on several lines.
      const found = TAKES_SIGNAL.exec(
        lines
          .slice(index, index + 5)
          .join(' ')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      )?.[1]
      if (found !== undefined && (name === 'extension-api' || exported.has(found))) declared.add(found)
    }
  }
  const tabled = new Set(Object.keys(CALLS).flatMap((key) => key.split(' ')))
  expect(declared.size).toBeGreaterThan(10)
  expect([...declared].filter((name) => !tabled.has(name) && !OF_HOSTS.has(name))).toEqual([])
})
