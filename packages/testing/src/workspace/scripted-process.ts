import { anySignal, CancelledError, Deferred, Mailbox, OctavoError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { CommandRequest, ProcessChunk, ProcessExit, RunningProcess, SandboxDenial } from '@octavo/extension-api'

/** What a scripted command does: prints, waits, writes, ends. Everything is optional; `{}` succeeds at once and says nothing. */
export interface ScriptedRun {
  /** Printed at once. */
  readonly stdout?: string
  readonly stderr?: string
  /** Printed bit by bit, each after its own wait. */
  readonly prints?: readonly { readonly afterMs: number; readonly text: string; readonly stream?: 'stdout' | 'stderr' }[]
  /** How long it runs after all of that, in milliseconds of the clock; `Infinity`: until it is stopped. */
  readonly ms?: number
  /** Default 0. */
  readonly code?: number
  /** Prints what it reads, and ends when its input does. */
  readonly echoes?: boolean
  /** Goes on after a polite signal and after ^C. */
  readonly stubborn?: boolean
  /** Written when it ends by itself: text by path, relative to where it runs. Held to the grant of the call. */
  readonly writes?: Readonly<Record<string, string>>
  /** What the sandbox refused it. */
  readonly denial?: SandboxDenial
}

type Ending = Pick<ProcessExit, 'code' | 'signal'>

/** A process that is a script. Time is the clock's. */
export class ScriptedProcess implements RunningProcess {
  readonly pid: number
  readonly output: AsyncIterable<ProcessChunk>
  readonly exit: Promise<ProcessExit>
  readonly #clock: Clock
  readonly #run: ScriptedRun
  readonly #chunks = new Mailbox<ProcessChunk>()
  readonly #exit = new Deferred<ProcessExit>()
  readonly #stop = new AbortController()
  readonly #input = new Deferred<void>()
  readonly #tty: boolean

  /** `finish` writes what the command leaves, and gives its exit. */
  constructor(pid: number, request: CommandRequest, run: ScriptedRun, clock: Clock, finish: () => Promise<ProcessExit>) {
    this.pid = pid
    this.#run = run
    this.#clock = clock
    this.#tty = request.tty !== null
    this.output = this.#chunks
    this.exit = this.#exit.promise
    if (request.stdin === 'none' && !this.#tty) this.#input.resolve()
    void this.#play(finish)
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#exit.settled) throw new OctavoError('io', 'the process has ended')
    if (this.#run.echoes !== true) return
    // Control-D ends the input of a terminal.
    if (this.#tty && bytes.includes(4)) this.#input.resolve()
    else this.#print('stdout', new TextDecoder().decode(bytes))
  }

  async interrupt(): Promise<void> {
    if (this.#run.stubborn !== true) this.#end({ code: null, signal: 'SIGINT' })
  }

  async end({ graceMs }: { readonly graceMs: number }): Promise<void> {
    if (graceMs > 0 && this.#run.stubborn !== true) this.#end({ code: null, signal: 'SIGTERM' })
    if (graceMs > 0 && !this.#exit.settled) await this.#clock.sleep(graceMs, NEVER)
    this.#end({ code: null, signal: 'SIGKILL' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ graceMs: 0 })
  }

  async #play(finish: () => Promise<ProcessExit>): Promise<void> {
    const { stdout = '', stderr = '', prints = [], ms = 0, echoes = false } = this.#run
    try {
      this.#print('stdout', stdout)
      this.#print('stderr', stderr)
      for (const { afterMs, text, stream = 'stdout' } of prints) {
        await this.#clock.sleep(afterMs, this.#stop.signal)
        this.#print(stream, text)
      }
      if (echoes) await this.#untilStopped(this.#input.promise)
      if (ms > 0) await this.#clock.sleep(ms, this.#stop.signal)
      this.#settle(await finish())
    } catch (error) {
      // Stopped: `#end` has said how. Anything else is a mistake in the script, and shows as one.
      if (!CancelledError.is(error)) {
        this.#print('stderr', `${String(error)}\n`)
        this.#settle({ code: 1, signal: null, denial: null })
      }
    }
  }

  #untilStopped(promise: Promise<void>): Promise<void> {
    const stopped = new Promise<never>((_resolve, reject) => {
      this.#stop.signal.addEventListener('abort', () => reject(new CancelledError('interrupted')), { once: true })
    })
    return Promise.race([promise, stopped])
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    // A terminal has one stream.
    if (text !== '') this.#chunks.push({ stream: this.#tty ? 'stdout' : stream, bytes: new TextEncoder().encode(text) })
  }

  #end(ending: Ending): void {
    this.#settle({ ...ending, denial: null })
    this.#stop.abort(new CancelledError('interrupted'))
  }

  #settle(exit: ProcessExit): void {
    if (this.#exit.settled) return
    this.#exit.resolve(exit)
    this.#chunks.close()
  }
}

const NEVER: AbortSignal = anySignal()
