import { CancelledError, Deferred, describeError, HeadTailBuffer, splitUtf8, throwIfCancelled, Utf8Decoder } from '@octavo/base'
import type { Clock } from '@octavo/base'
import { ToolFailure } from '@octavo/extension-api'
import type { CommandRequest, ProcessExit, RunningProcess, SandboxGrant, TerminalOutput, Terminals, Workspace } from '@octavo/extension-api'
import type { CommandExecutionTurnItem, IdGenerator, TerminalId } from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'
import type { Pauses } from './pauses.ts'

/** Terminals a thread keeps; one more ends the least recently used. */
const MAX_TERMINALS = 64
/** The most recently used ones are never ended to make room. */
const PROTECTED_TERMINALS = 8
const BUFFER_BYTES = 1_048_576
const DELTA_BYTES = 8_192
const MAX_DELTAS = 10_000
const END_GRACE_MS = 2_000
/** What a process that was killed may take to be gone before its item is completed without it. */
const GONE_MS = 2_000

const NEVER = new AbortController().signal
const UNKNOWN_EXIT: ProcessExit = { code: null, signal: null, denial: null }

/** The call that starts a terminal. */
export interface TerminalOwner {
  readonly attempt: 1 | 2
  /** Aborts when nobody waits for the start any more; the process is then ended before anybody has heard of it. */
  readonly signal: AbortSignal
  /** Gets the completed item once the process is gone. */
  ended(item: CommandExecutionTurnItem, exit: ProcessExit): void
}

interface Terminal {
  readonly id: TerminalId
  readonly running: RunningProcess
  readonly grant: SandboxGrant
  readonly tty: boolean
  /** Not collected yet. */
  readonly fresh: HeadTailBuffer
  /** All of it, for the item. */
  readonly transcript: HeadTailBuffer
  readonly item: CommandExecutionTurnItem
  readonly owner: TerminalOwner
  readonly startedAt: number
  /** Settles when the process is gone and its output is read. */
  readonly ended: Deferred<ProcessExit>
  exit: ProcessExit | null
  lastUsed: number
  background: boolean
}

/** Processes of a thread that may outlive the call that started them. Closing ends them all. */
export class ThreadTerminals implements Terminals {
  readonly #recorder: Recorder
  readonly #ids: IdGenerator
  readonly #clock: Clock
  readonly #pauses: Pauses
  readonly #terminals = new Map<TerminalId, Terminal>()
  /** Those whose end has not been told, also when nobody can reach them any more. */
  readonly #untold = new Set<Terminal>()
  #uses = 0
  #closed = false

  /** `pauses`: time in which looking at a terminal goes on. */
  constructor(recorder: Recorder, ids: IdGenerator, clock: Clock, pauses: Pauses) {
    this.#recorder = recorder
    this.#ids = ids
    this.#clock = clock
    this.#pauses = pauses
  }

  /** @throws CancelledError when the thread closes, or nobody waits any more, before the process is there */
  async start(
    command: CommandRequest,
    options: { readonly workspace: Workspace; readonly grant: SandboxGrant; readonly item: CommandExecutionTurnItem },
    owner: TerminalOwner = { attempt: 1, signal: NEVER, ended: (item) => this.#recorder.completeItem(item) },
  ): Promise<TerminalId> {
    this.#requireWanted(owner)
    await this.#makeRoom()
    // The process belongs to the thread: the signal of the call that starts it ends only the waiting.
    const running = await options.workspace.processes.spawn(command, NEVER)
    try {
      this.#requireWanted(owner)
    } catch (error) {
      await running.end({ graceMs: 0 })
      await running[Symbol.asyncDispose]()
      throw error
    }
    const id = this.#freeId()
    const terminal: Terminal = {
      id,
      running,
      grant: options.grant,
      tty: command.tty !== null,
      fresh: new HeadTailBuffer(BUFFER_BYTES),
      transcript: new HeadTailBuffer(BUFFER_BYTES),
      item: { ...options.item, terminalId: id },
      owner,
      startedAt: this.#clock.monotonic(),
      ended: new Deferred(),
      exit: null,
      lastUsed: (this.#uses += 1),
      background: false,
    }
    this.#terminals.set(id, terminal)
    this.#untold.add(terminal)
    this.#recorder.updateItem(terminal.item, owner.attempt)
    void this.#pump(terminal)
    return id
  }

  inspect(id: TerminalId): { readonly grant: SandboxGrant; readonly tty: boolean; readonly running: boolean } | null {
    const terminal = this.#terminals.get(id)
    return terminal === undefined ? null : { grant: terminal.grant, tty: terminal.tty, running: terminal.exit === null }
  }

  async write(id: TerminalId, text: string): Promise<void> {
    const terminal = this.#use(id)
    if (!terminal.tty) throw new ToolFailure('stdin is closed for this session; rerun exec_command with tty=true to keep stdin open')
    await terminal.running.write(new TextEncoder().encode(text))
  }

  async interrupt(id: TerminalId): Promise<void> {
    await this.#use(id).running.interrupt()
  }

  async collect(id: TerminalId, options: { readonly untilMs: number; readonly signal: AbortSignal }): Promise<TerminalOutput> {
    const terminal = this.#use(id)
    throwIfCancelled(options.signal)
    if (terminal.exit === null) await this.#wait(terminal, options)
    const { head, tail, omittedBytes, totalBytes } = terminal.fresh.drain()
    if (terminal.exit === null) terminal.background = true
    else this.#terminals.delete(id)
    return { head, tail, omittedBytes, totalBytes, exit: terminal.exit }
  }

  async terminate(id: TerminalId): Promise<void> {
    const terminal = this.#use(id)
    const isGone = await this.#ended(terminal)
    this.#terminals.delete(id)
    if (!isGone) throw new ToolFailure(`process ${id} was killed and is still there; it may be waiting for the system`)
  }

  /** Ends a process in its own way, then by force. False when not even that has ended it within bounds. */
  async #ended({ running, ended }: Terminal): Promise<boolean> {
    const waiting = new AbortController()
    const gone = (async () => {
      await running.end({ graceMs: END_GRACE_MS })
      await ended.promise
      return true
    })()
    const late = this.#clock.sleep(END_GRACE_MS + GONE_MS, waiting.signal).then(() => false)
    try {
      return await Promise.race([gone, late])
    } finally {
      waiting.abort()
    }
  }

  /** Ends every terminal of the thread; settles when all are gone. */
  async endAll(graceMs: number): Promise<void> {
    await this.#end([...this.#terminals.values()], graceMs)
  }

  /** As {@link ThreadTerminals.endAll}, and none is started any more. What cannot be killed is told as ended after a while. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    const all = [...this.#untold]
    const waiting = new AbortController()
    try {
      await Promise.race([this.#end(all, graceMs), this.#clock.sleep(graceMs + GONE_MS, waiting.signal)])
    } finally {
      waiting.abort()
      for (const terminal of all) this.#finish(terminal, UNKNOWN_EXIT)
    }
  }

  async #end(terminals: readonly Terminal[], graceMs: number): Promise<void> {
    for (const { id } of terminals) this.#terminals.delete(id)
    const endings = await Promise.allSettled(
      terminals.map(async (terminal) => {
        if (terminal.exit !== null) return
        await terminal.running.end({ graceMs })
        await terminal.ended.promise
      }),
    )
    for (const ending of endings) if (ending.status === 'rejected') throw ending.reason
  }

  /** A turn has ended: what still runs belongs to no turn from now on. */
  detach(): void {
    for (const terminal of this.#untold) {
      terminal.background = true
      this.#recorder.detachItem(terminal.item.id)
    }
  }

  async #wait(terminal: Terminal, options: { readonly untilMs: number; readonly signal: AbortSignal }): Promise<void> {
    const waiting = new AbortController()
    const stop = (): void => waiting.abort(options.signal.reason)
    options.signal.addEventListener('abort', stop, { once: true })
    try {
      const deadline = this.#pauses.sleep(Math.max(0, options.untilMs - this.#clock.monotonic()), waiting.signal)
      await Promise.race([terminal.ended.promise, deadline])
    } catch (error) {
      throwIfCancelled(options.signal)
      throw error
    } finally {
      options.signal.removeEventListener('abort', stop)
      waiting.abort(new CancelledError('timeout'))
    }
  }

  /** Reads a process to its end and tells clients as it goes. Never rejects. */
  async #pump(terminal: Terminal): Promise<void> {
    const { running, item } = terminal
    const decoder = new Utf8Decoder()
    let deltas = 0
    const tell = (text: string): void => {
      if (text === '' || deltas >= MAX_DELTAS || terminal.exit !== null) return
      deltas += 1
      this.#recorder.delta(item.id, { kind: 'output', index: 0 }, text)
    }
    try {
      for await (const { bytes } of running.output) {
        terminal.fresh.push(bytes)
        terminal.transcript.push(bytes)
        if (deltas < MAX_DELTAS) for (const part of splitUtf8(bytes, DELTA_BYTES)) tell(decoder.push(part))
      }
    } catch (error) {
      this.#recorder.warn('terminal_output', `the output of terminal ${terminal.id} could not be read to its end: ${describeError(error)}`)
    }
    tell(decoder.end())
    this.#finish(terminal, await running.exit.catch(() => UNKNOWN_EXIT))
    // The process is gone; what it leaves behind is its runner's affair.
    running[Symbol.asyncDispose]().then(ignore, ignore)
  }

  /** Hands over the completed item, once. */
  #finish(terminal: Terminal, exit: ProcessExit): void {
    if (terminal.exit !== null) return
    terminal.exit = exit
    this.#untold.delete(terminal)
    const completed: CommandExecutionTurnItem = {
      ...terminal.item,
      status: exit.code === 0 ? 'completed' : 'failed',
      output: terminal.transcript.text(),
      exitCode: exit.code ?? -1,
      durationMs: Math.round(this.#clock.monotonic() - terminal.startedAt),
    }
    terminal.owner.ended(completed, exit)
    if (terminal.background) {
      this.#recorder.emit(
        { type: 'terminal.exited', terminalId: terminal.id, exit: { code: exit.code, signal: exit.signal } },
        { turnId: null, cause: null },
      )
      this.#recorder.flushSoon()
    }
    terminal.ended.resolve(exit)
  }

  #requireWanted({ signal }: TerminalOwner): void {
    throwIfCancelled(signal)
    if (this.#closed) throw new CancelledError('shutdown')
  }

  #use(id: TerminalId): Terminal {
    const terminal = this.#terminals.get(id)
    if (terminal === undefined) throw new ToolFailure(`Unknown process id ${id}`)
    terminal.lastUsed = this.#uses += 1
    return terminal
  }

  #freeId(): TerminalId {
    for (;;) {
      const id = this.#ids.next('terminal')
      if (!this.#terminals.has(id)) return id
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#terminals.size < MAX_TERMINALS) return
    const byUse = [...this.#terminals.values()].toSorted((left, right) => left.lastUsed - right.lastUsed)
    const candidates = byUse.slice(0, -PROTECTED_TERMINALS)
    const victim = candidates.find(({ exit }) => exit !== null) ?? candidates[0]
    if (victim === undefined) return
    this.#terminals.delete(victim.id)
    await this.#ended(victim)
  }
}

function ignore(): void {}
