import { AbsolutePath, CancelledError, type Clock, Deferred, Mailbox, OctavoError, throwIfCancelled } from '@octavo/base'
import type {
  CommandDescription,
  CommandRequest,
  PlanContext,
  ProcessChunk,
  ProcessExit,
  ProcessRunner,
  RunningProcess,
  SandboxGrant,
  ShellInfo,
  TerminalOutput,
  Terminals,
  ToolContext,
} from '@octavo/extension-api'
import type { CallId, SessionId, TerminalId, ThreadId, TurnId, TurnItem } from '@octavo/protocol'

export const CWD: AbsolutePath = AbsolutePath.from('/repo')
export const CONFINED: SandboxGrant = {
  enforcement: 'platform',
  write: [{ root: CWD, readOnly: [] }],
  deny: [],
  network: 'restricted',
  escalated: false,
}
export const DENIAL = { reason: 'read-only file system', kind: 'fileSystem' } as const

/** Time that moves by hand; whoever sleeps wakes in order. */
export class HandClock implements Clock {
  #time = 0
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  now(): number {
    return this.#time
  }
  monotonic(): number {
    return this.#time
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper = { at: this.#time + Math.max(0, ms), wake: resolve }
    this.#sleepers.add(sleeper)
    signal.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper)
      reject(signal.reason instanceof CancelledError ? signal.reason : new CancelledError('interrupted'))
    })
    return promise
  }
  async advance(ms: number): Promise<void> {
    const until = this.#time + ms
    await settle()
    for (;;) {
      const next = [...this.#sleepers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#sleepers.delete(next)
      this.#time = Math.max(this.#time, next.at)
      next.wake()
      await settle()
    }
    this.#time = until
    await settle()
  }
}

/** Lets everything that can go on without time go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve()
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A process that does what the test says. `ended` holds the grace of each time it was ended, -1 for its disposal. */
export class FakeProcess implements RunningProcess {
  readonly pid = 4711
  readonly #output = new Mailbox<ProcessChunk>()
  readonly #exit = new Deferred<ProcessExit>()
  readonly ended: number[] = []

  get output(): AsyncIterable<ProcessChunk> {
    return this.#output
  }
  get exit(): Promise<ProcessExit> {
    return this.#exit.promise
  }
  print(text: string | Uint8Array, stream: ProcessChunk['stream'] = 'stdout'): this {
    this.#output.push({ stream, bytes: typeof text === 'string' ? bytes(text) : text })
    return this
  }
  /** Gone; `holdsPipe`: something it left behind keeps the output open. */
  finish(exit: Partial<ProcessExit> = {}, holdsPipe = false): this {
    this.#exit.resolve({ code: 0, signal: null, denial: null, ...exit })
    if (!holdsPipe) this.#output.close()
    return this
  }
  async write(): Promise<void> {}
  async interrupt(): Promise<void> {}
  async end({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.ended.push(graceMs)
    this.finish({ code: null, signal: graceMs === 0 ? 'SIGKILL' : 'SIGTERM' })
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.ended.push(-1)
    this.#output.close()
  }
}

export class FakeRunner implements ProcessRunner {
  readonly shell: ShellInfo = { path: '/bin/bash', kind: 'bash' }
  readonly requests: CommandRequest[] = []
  hasTty = true
  process: FakeProcess | OctavoError = new FakeProcess()

  async spawn(request: CommandRequest): Promise<RunningProcess> {
    this.requests.push(request)
    if (OctavoError.is(this.process)) throw this.process
    return this.process
  }
}

/** What the one terminal of {@link FakeTerminals} does; times are monotonic milliseconds. */
export interface TerminalScript {
  /** Bytes each look finds, in order; nothing when they have run out. */
  readonly looks?: readonly Partial<TerminalOutput>[]
  readonly exitsAt?: number
  readonly exit?: ProcessExit
  readonly grant?: SandboxGrant
  readonly tty?: boolean
  readonly startFails?: OctavoError
  /** How long `write` takes. */
  readonly writeMs?: number
  readonly writeFails?: Error
}

const TERMINAL = '1000' as TerminalId
const NOTHING = new Uint8Array(0)

/** One terminal, with a log of what was done to it. */
export class FakeTerminals implements Terminals {
  readonly requests: CommandRequest[] = []
  readonly log: string[] = []
  readonly #clock: HandClock
  readonly #script: TerminalScript
  #looks = 0

  constructor(clock: HandClock, script: TerminalScript) {
    this.#clock = clock
    this.#script = script
  }
  get #running(): boolean {
    return this.#clock.monotonic() < (this.#script.exitsAt ?? Infinity)
  }
  async start(request: CommandRequest): Promise<TerminalId> {
    this.requests.push(request)
    if (this.#script.startFails !== undefined) throw this.#script.startFails
    return TERMINAL
  }
  inspect(id: TerminalId): ReturnType<Terminals['inspect']> {
    return id === TERMINAL ? { grant: this.#script.grant ?? CONFINED, tty: this.#script.tty ?? false, running: this.#running } : null
  }
  async write(_id: TerminalId, text: string): Promise<void> {
    if (this.#script.writeMs !== undefined) await this.#clock.sleep(this.#script.writeMs, new AbortController().signal)
    if (this.#script.writeFails !== undefined) throw this.#script.writeFails
    this.log.push(`write ${JSON.stringify(text)} at ${this.#clock.monotonic()}`)
  }
  async interrupt(): Promise<void> {
    this.log.push('interrupt')
  }
  async collect(_id: TerminalId, { untilMs, signal }: Parameters<Terminals['collect']>[1]): Promise<TerminalOutput> {
    this.log.push(`collect from ${this.#clock.monotonic()} until ${untilMs}`)
    if (this.#running) await this.#clock.sleep(Math.min(untilMs, this.#script.exitsAt ?? Infinity) - this.#clock.monotonic(), signal)
    const found = { head: NOTHING, tail: NOTHING, omittedBytes: 0, ...this.#script.looks?.[this.#looks] }
    this.#looks += 1
    return {
      ...found,
      totalBytes: found.head.length + found.tail.length + found.omittedBytes,
      exit: this.#running ? null : (this.#script.exit ?? { code: 0, signal: null, denial: null }),
    }
  }
  async terminate(): Promise<void> {
    this.log.push('terminate')
  }
}

function refuse(): never {
  throw new Error('not for this test')
}

/** Contexts for plan and execute, and everything a test may look at. */
export function situation(options: {
  readonly terminal?: TerminalScript
  readonly item?: TurnItem | null
  readonly description?: Partial<CommandDescription>
  readonly outputLimitTokens?: number
  readonly grant?: SandboxGrant
  readonly shell?: ShellInfo
  readonly installed?: readonly string[]
}): {
  readonly clock: HandClock
  readonly runner: FakeRunner
  readonly terminals: FakeTerminals
  readonly abort: AbortController
  readonly told: string[]
  readonly deltas: string[]
  readonly pause: { ms: number }
  readonly planContext: PlanContext
  readonly context: ToolContext
} {
  const clock = new HandClock()
  const runner = new FakeRunner()
  const terminals = new FakeTerminals(clock, options.terminal ?? {})
  const abort = new AbortController()
  const told: string[] = []
  const deltas: string[] = []
  const pause = { ms: 0 }
  const planContext: PlanContext = {
    turnId: 'turn' as TurnId,
    callId: 'call_1' as CallId,
    cwd: CWD,
    files: {
      read: refuse,
      list: refuse,
      realPath: refuse,
      stat: async (path) => (options.installed?.includes(path) === true ? { kind: 'file', size: 1, modifiedAt: 0 } : null),
    },
    shell: options.shell ?? runner.shell,
    terminals,
    policy: {
      describe: (argv) => ({ actions: [{ type: 'unknown', command: argv.join(' ') }], patch: null, ...options.description }),
    },
    modalities: ['text'],
    signal: abort.signal,
  }
  let chunks = 0
  const context: ToolContext = {
    threadId: 'thread' as ThreadId,
    sessionId: 'session' as SessionId,
    turnId: planContext.turnId,
    callId: planContext.callId,
    cwd: CWD,
    attempt: 1,
    item: options.item ?? null,
    autoApproved: true,
    grant: options.grant ?? CONFINED,
    workspace: {
      id: 'local',
      cwd: CWD,
      files: { ...planContext.files, write: refuse, remove: refuse },
      processes: runner,
      restrict: refuse,
    } as never,
    terminals,
    items: {
      delta: (part, text) => {
        told.push(`delta ${part.kind} ${part.index}`)
        deltas.push(text)
      },
      update: (item) => told.push(`update ${shown(item)}`),
      complete: (item) => told.push(`complete ${shown(item)}`),
    },
    ask: { open: refuse },
    plan: refuse,
    terminalInput: (id, text) => told.push(`input ${id} ${JSON.stringify(text)}`),
    images: { prepare: refuse },
    history: refuse,
    outputLimitTokens: options.outputLimitTokens ?? 10_000,
    state: { levelId: refuse, get: refuse, set: refuse },
    ids: { next: () => `00000${(chunks += 1)}` as never },
    clock,
    pausedMs: () => pause.ms,
    signal: abort.signal,
  }
  return { clock, runner, terminals, abort, told, deltas, pause, planContext, context }
}

function shown(item: TurnItem): string {
  if (item.type !== 'commandExecution') return item.type
  return `${item.status} ${item.exitCode} ${JSON.stringify(item.output)} ${item.durationMs}`
}
