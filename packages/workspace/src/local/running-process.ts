import { type Clock, Deferred, HeadTailBuffer, raceSignal } from '@octavo/base'
import type { PreparedCommand, ProcessChunk, ProcessExit, RunningProcess, SandboxDenial } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'
import { OutputQueue } from '../output.ts'
import { StdinError } from '../stdin-error.ts'
import type { Child } from './child.ts'
import { signalGroup, signalProcess } from './signals.ts'
import { isAlive, isGroupAlive, readStartTicks, type Survey, surveyMarked } from './sweep.ts'
import { within } from './within.ts'

export interface StartedProcess {
  readonly child: Child
  /** What confines it; null: nothing. */
  readonly confinement: {
    readonly prepared: PreparedCommand
    readonly classify: (exit: ExitSummary & { readonly output: string }) => SandboxDenial | null
  } | null
  /** Borne by the environment of all descendants. */
  readonly mark: string
  readonly clock: Clock
  /** How long output is read after the exit while somebody else keeps it open. */
  readonly drainMs: number
  /** Called once, when the process and its descendants have been ended. */
  readonly onEnded: (process: LocalProcess) => void
}

/** For the sandbox to judge a failure by, half of it from the beginning. */
const sampleBytes = 16 * 1024
/** More than pipes hold of what was written before the exit. */
const maxLateBytes = 1024 * 1024
/** How long killed processes are waited for; one that hangs in the kernel may take for ever. */
const goneLimitMs = 2000
/** How often a process without an environment is looked at again, a millisecond apart; some never have one. */
const maxUnclearTimes = 20
/** As long as process numbers cannot have wrapped around. */
const recentMs = 1000

/** A process of this machine, with its group and all its descendants. */
export class LocalProcess implements RunningProcess {
  readonly pid: number
  readonly output: OutputQueue
  readonly exit: Promise<ProcessExit>
  readonly #started: StartedProcess
  readonly #startedAt: number
  readonly #startTicks: number
  readonly #sample = new HeadTailBuffer(sampleBytes)
  /** Aborts when no more output will come. */
  readonly #outputStop = new AbortController()
  #isRunning = true
  #hasGroup = true
  #lateBytes = 0
  #resumed = new Deferred<void>()
  #wasEnded = false

  constructor(started: StartedProcess) {
    const { child, clock } = started
    this.#started = started
    this.#startedAt = clock.monotonic()
    this.pid = child.pid
    this.#startTicks = readStartTicks(child.pid)
    this.output = new OutputQueue({ pause: () => child.pause(), resume: () => this.#resume() })
    child.read((chunk) => this.#take(chunk))
    void child.outputEnded.then(() => this.#outputStop.abort())
    this.exit = this.#finish()
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#isRunning) throw new StdinError('stdin_closed')
    await this.#started.child.write(bytes)
  }

  async interrupt(): Promise<void> {
    if (!this.#isRunning) return
    if (this.#started.child.hasLineDiscipline) await this.#started.child.write(Uint8Array.of(0x03))
    else this.#signal('SIGINT')
  }

  async end({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const { child, clock } = this.#started
    if (this.#isRunning && graceMs > 0) {
      this.#signal('SIGTERM')
      await within(child.exited, graceMs, clock)
    }
    await this.#killAll()
    await within(this.exit, goneLimitMs, clock)
    this.#outputStop.abort()
    child.close()
    this.output.end()
    if (!this.#wasEnded) this.#started.onEnded(this)
    this.#wasEnded = true
  }

  /** Kills everything that can be found now, without waiting: for a host that is about to end. */
  killNow(): Survey {
    if (this.#isRunning) signalGroup(this.pid, 'SIGKILL')
    else if (this.#isGroupLeft()) signalProcess(-this.pid, 'SIGKILL')
    const isRecent = this.#started.clock.monotonic() - this.#startedAt < recentMs
    const survey = surveyMarked(this.#started.mark, { firstPid: this.pid, startTicks: this.#startTicks, isRecent })
    for (const pid of survey.marked) signalProcess(pid, 'SIGKILL')
    return survey
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ graceMs: 0 })
  }

  /** Kills until nothing is found: what is being killed may just have started something. */
  async #killAll(): Promise<void> {
    const never = new AbortController().signal
    const killed = new Set<number>()
    let unclearTimes = 0
    for (let waitedMs = 0; waitedMs < goneLimitMs; waitedMs += 1) {
      const { marked, isUnclear } = this.killNow()
      for (const pid of marked) killed.add(pid)
      if (isUnclear) unclearTimes += 1
      const isSettled = marked.length === 0 && (!isUnclear || unclearTimes > maxUnclearTimes)
      if (isSettled && ![...killed].some(isAlive) && (this.#isRunning || !this.#isGroupLeft())) return
      await this.#started.clock.sleep(1, never)
    }
  }

  /** A number is given to nobody else while a group bears it, so a process of this number, once ours has ended, is a stranger. */
  #isGroupLeft(): boolean {
    return this.#hasGroup && !signalProcess(this.pid, 0) && signalProcess(-this.pid, 0) && isGroupAlive(this.pid)
  }

  #signal(signal: 'SIGINT' | 'SIGTERM'): void {
    const { child, confinement } = this.#started
    signalGroup(confinement?.prepared.signalTarget(child.report()) ?? this.pid, signal)
  }

  #take(chunk: ProcessChunk): void {
    if (this.#started.confinement !== null) this.#sample.push(chunk.bytes)
    if (!this.#isRunning) this.#lateBytes += chunk.bytes.length
    if (this.#lateBytes > maxLateBytes) this.#outputStop.abort()
    this.output.push(chunk)
  }

  #resume(): void {
    this.#resumed.resolve()
    this.#resumed = new Deferred()
    this.#started.child.resume()
  }

  async #finish(): Promise<ProcessExit> {
    const { child, confinement } = this.#started
    const exit = await child.exited
    this.#isRunning = false
    this.#hasGroup = signalProcess(-this.pid, 0)
    const drained = this.#drain()
    if (confinement === null) return { ...exit, denial: null }
    if (exit.code !== 0) await within(drained, this.#started.drainMs, this.#started.clock)
    await this.#release(confinement.prepared)
    return { ...exit, denial: confinement.classify({ ...exit, output: this.#sample.text() }) }
  }

  /** Reads what is left of the output, and ends it. Time in which the reader does not keep up is not counted. */
  async #drain(): Promise<void> {
    const { child, clock, drainMs } = this.#started
    const { signal } = this.#outputStop
    try {
      for (let leftMs = drainMs; leftMs > 0; leftMs -= tickMs) {
        if (this.output.isPaused) await raceSignal(this.#resumed.promise, signal)
        await clock.sleep(Math.min(tickMs, leftMs), signal)
      }
    } catch {
      // All output is there, or no more of it is wanted.
    }
    this.output.end()
    child.close()
  }

  async #release(prepared: PreparedCommand): Promise<void> {
    const { child, clock, drainMs } = this.#started
    try {
      await within(child.reportEnded, drainMs, clock)
      prepared.signalTarget(child.report())
      await prepared[Symbol.asyncDispose]()
    } catch {
      // What could not be cleaned up stands in the sandbox's journal; the command's own end is not to be lost for it.
    }
  }
}

const tickMs = 10
