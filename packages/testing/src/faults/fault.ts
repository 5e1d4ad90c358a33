import { CancelledError } from '@octavo/base'
import type { CancelReason, Clock } from '@octavo/base'
import { ModelError, StoreError } from '@octavo/extension-api'
import type { ProcessChunk, RunningProcess } from '@octavo/extension-api'
import type { StreamPoint } from './spoiled-streams.ts'

/** What goes wrong when a call is made. */
export type FaultEffect =
  /** The call is not made; it throws, or rejects where it would give a promise. */
  | { readonly kind: 'fail'; readonly error: () => Error }
  /** The call is not made and never answers; an abort signal among its arguments still ends it. */
  | { readonly kind: 'hang' }
  /** The call is not made, and says that it was: a sync that loses what it was to keep. */
  | { readonly kind: 'skip'; readonly value: unknown }
  /** The call is made later. */
  | { readonly kind: 'slow'; readonly ms: number; readonly clock: Clock }
  /** The controller aborts, then the call is made as if nothing had happened. */
  | { readonly kind: 'abort'; readonly controller: AbortController; readonly reason: CancelReason }
  /** The stream the call gives breaks at a point. */
  | { readonly kind: 'cut'; readonly after: StreamPoint; readonly error: () => Error }
  /** The stream the call gives has these values put in at a point. */
  | { readonly kind: 'garbage'; readonly after: StreamPoint; readonly values: readonly unknown[] }
  /** The call is made with its bytes cut short, and then fails. */
  | { readonly kind: 'tear'; readonly bytes: number; readonly error: () => Error }
  /** The call is made, and what it gives is replaced. */
  | { readonly kind: 'answer'; readonly change: (given: unknown) => unknown }
  /** From this call on the `lost` signal of the port has aborted, and the call fails as fenced. */
  | { readonly kind: 'loseLease' }

/** One thing that goes wrong: once, or for some time. */
export interface Fault {
  /**
   * Name of the method, at any depth of the port (`stream`, `flush`, `read`); `dispose` for disposal, `*` for every call. Where
   * several ports are wrapped together, `store.flush` and `store.*` mean one of them.
   */
  readonly call: string
  /** Which of these calls, from 1. */
  readonly nth: number
  /** How many of them from there on; `Infinity`: all. */
  readonly times: number
  readonly effect: FaultEffect
}

export interface FaultOptions {
  /** Default 1: the first. */
  readonly nth?: number
  /** Default 1: that one alone. */
  readonly times?: number
}

export type Errno = 'ENOSPC' | 'EIO' | 'EMFILE' | 'EROFS' | 'EACCES' | 'ENOENT'

const ERRNO_TEXT: Readonly<Record<Errno, string>> = {
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  EMFILE: 'too many open files',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
  ENOENT: 'no such file or directory',
}

/** An error as the platform throws it, for ports below the adapters. */
export function errnoError(code: Errno, syscall = 'write'): Error {
  return Object.assign(new Error(`${code}: ${ERRNO_TEXT[code]}, ${syscall}`), { code, syscall })
}

interface FaultBuilders {
  fail(call: string, error: Error, options?: FaultOptions): Fault
  hang(call: string, options?: FaultOptions): Fault
  skip(call: string, options?: FaultOptions & { readonly value?: unknown }): Fault
  slow(call: string, ms: number, clock: Clock, options?: FaultOptions): Fault
  /** Abort at the nth call through a port: `fault.abort('*', controller, { nth })`. */
  abort(call: string, controller: AbortController, options?: FaultOptions & { readonly reason?: CancelReason }): Fault
  cut(call: string, error: Error, options?: FaultOptions & { readonly after?: StreamPoint }): Fault
  /** The stream of a model breaks after the first piece of an item, by default as a connection that was lost. */
  cutMidItem(options?: FaultOptions & { readonly error?: Error }): Fault
  garbage(call: string, values: readonly unknown[], options?: FaultOptions & { readonly after?: StreamPoint }): Fault
  tear(call: string, bytes: number, options?: FaultOptions & { readonly error?: Error }): Fault
  errno(call: string, code: Errno, options?: FaultOptions): Fault
  loseLease(call: string, options?: FaultOptions): Fault
  /** The process that `spawn` gives is ended as by SIGKILL: at once, or when it has printed so many chunks. */
  kill(options?: FaultOptions & { readonly afterChunks?: number }): Fault
  /** The sandbox says that it does not work here. */
  failProbe(reason: string, options?: FaultOptions): Fault
}

/** Makers of faults, for {@link withFaults}. */
export const fault: FaultBuilders = {
  fail: (call, error, options) => made(call, options, { kind: 'fail', error: () => error }),
  hang: (call, options) => made(call, options, { kind: 'hang' }),
  skip: (call, options) => made(call, options, { kind: 'skip', value: options?.value }),
  slow: (call, ms, clock, options) => made(call, options, { kind: 'slow', ms, clock }),
  abort: (call, controller, options) => made(call, options, { kind: 'abort', controller, reason: options?.reason ?? 'interrupted' }),
  cut: (call, error, options) => made(call, options, { kind: 'cut', after: options?.after ?? 1, error: () => error }),
  cutMidItem: (options) => made('stream', options, { kind: 'cut', after: isPiece, error: () => options?.error ?? lostConnection() }),
  garbage: (call, values, options) => made(call, options, { kind: 'garbage', after: options?.after ?? 0, values }),
  tear: (call, bytes, options) => made(call, options, { kind: 'tear', bytes, error: () => options?.error ?? errnoError('EIO') }),
  errno: (call, code, options) => made(call, options, { kind: 'fail', error: () => errnoError(code, call) }),
  loseLease: (call, options) => made(call, options, { kind: 'loseLease' }),
  kill: (options) => made('spawn', options, { kind: 'answer', change: (process) => killed(process, options?.afterChunks ?? 0) }),
  failProbe: (reason, options) =>
    made('probe', options, { kind: 'answer', change: (status) => ({ ...(status as object), working: false, reason }) }),
}

function made(call: string, options: FaultOptions | undefined, effect: FaultEffect): Fault {
  return { call, nth: options?.nth ?? 1, times: options?.times ?? 1, effect }
}

function isPiece(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'delta' in event
}

function lostConnection(): ModelError {
  return new ModelError('stream_closed', 'the connection was lost in the middle of an item', { layer: 'stream' })
}

async function killed(spawned: unknown, afterChunks: number): Promise<unknown> {
  // Only `spawn` gives what this is called with.
  const process = spawned as RunningProcess
  if (afterChunks > 0) return endedAfter(process, afterChunks)
  await process.end({ graceMs: 0 })
  return process
}

/** The same process, ended by whoever reads its output to that point. */
function endedAfter(process: RunningProcess, chunks: number): RunningProcess {
  async function* read(): AsyncGenerator<ProcessChunk, void, undefined> {
    let seen = 0
    for await (const chunk of process.output) {
      yield chunk
      seen += 1
      if (seen === chunks) await process.end({ graceMs: 0 })
    }
  }
  return {
    pid: process.pid,
    output: read(),
    exit: process.exit,
    write: (bytes) => process.write(bytes),
    interrupt: () => process.interrupt(),
    end: (options) => process.end(options),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}

/** The error of a lost lease. */
export function fenced(): StoreError {
  return new StoreError('fenced', 'another process took the thread over', { data: {} })
}

/** The reason a lost lease aborts with. */
export function fencedReason(): CancelledError {
  return new CancelledError('fenced')
}
