import { CancelledError, raceSignal } from '@octavo/base'
import { FaultPlan } from './fault-plan.ts'
import { fenced, fencedReason } from './fault.ts'
import type { Fault, FaultEffect } from './fault.ts'
import { cutStream, dirtyStream } from './spoiled-streams.ts'

/** A port that misbehaves as planned. */
export interface Faulty<Port> {
  readonly port: Port
  /** Names of all calls so far, in order, those of nested objects included. A dry run with no faults counts what there is to break. */
  readonly calls: readonly string[]
}

/**
 * Wraps any port, and whatever objects its calls give (the client of a provider, the writer of a store, a restricted workspace).
 * Everything passes as it is but the calls a fault names. Plain data, streams and signals are handed on unwrapped; a property that is
 * a stream, such as the output of a process, counts as a call when it is read.
 */
export function withFaults<Port extends object>(port: Port, faults: readonly Fault[] = []): Faulty<Port> {
  const plan = new FaultPlan(faults)
  return { port: wrapPort(port, plan, null), calls: plan.calls }
}

/** One port under a plan that others may share. `name` stands before its calls; a port that is a property bears that one's name instead. */
export function wrapPort<Port extends object>(port: Port, plan: FaultPlan, name: string | null): Port {
  return new Wrapper(plan).wrap(port, name)
}

class Wrapper {
  readonly #plan: FaultPlan
  readonly #wrapped = new WeakMap<object, object>()
  readonly #originals = new WeakMap<object, object>()
  readonly #lost = new AbortController()

  constructor(plan: FaultPlan) {
    this.#plan = plan
  }

  wrap<T extends object>(target: T, port: string | null): T {
    const known = this.#wrapped.get(target)
    if (known !== undefined) return known as T // what was wrapped keeps its type
    const proxy = new Proxy(target, {
      get: (_target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (key === 'lost' && value instanceof AbortSignal) return AbortSignal.any([value, this.#lost.signal])
        if (typeof value === 'function') return (...given: unknown[]) => this.#call(target, key, value, given, port)
        if (isStream(value)) return this.#make(String(key), () => value, [], port)
        return this.#result(value, port === null ? null : String(key))
      },
    })
    this.#wrapped.set(target, proxy)
    this.#originals.set(proxy, target)
    return proxy
  }

  #call(target: object, key: string | symbol, method: Function, given: readonly unknown[], port: string | null): unknown {
    const name = key === Symbol.asyncDispose || key === Symbol.dispose ? 'dispose' : String(key)
    // Who made an object, such as the parent of a span, is to get back its own.
    const run = (list: readonly unknown[] = given): unknown =>
      Reflect.apply(
        method,
        target,
        list.map((value) => this.#original(value)),
      )
    return typeof key === 'symbol' && name !== 'dispose' ? run() : this.#make(name, run, given, port)
  }

  #make(name: string, run: Run, given: readonly unknown[], port: string | null): unknown {
    const effect = this.#plan.note(port, name)
    return effect === null ? this.#result(run(), port) : this.#spoil(name, effect, run, given, port)
  }

  #spoil(name: string, effect: FaultEffect, run: Run, given: readonly unknown[], port: string | null): unknown {
    switch (effect.kind) {
      case 'fail':
        return failing(name, effect.error())
      case 'hang':
        return awaitedOrIterated(raceSignal(new Promise(() => {}), signalOf(given)))
      case 'skip':
        return SYNCHRONOUS.has(name) ? effect.value : Promise.resolve(effect.value)
      case 'slow':
        return awaitedOrIterated(effect.clock.sleep(effect.ms, signalOf(given)).then(() => this.#result(run(), port)))
      case 'abort':
        effect.controller.abort(new CancelledError(effect.reason))
        return this.#result(run(), port)
      case 'cut':
        // Faults of streams are planned for calls that give one.
        return cutStream(run() as AsyncIterable<unknown>, effect.after, effect.error())
      case 'garbage':
        return dirtyStream(run() as AsyncIterable<unknown>, effect.after, effect.values)
      case 'tear':
        return torn(run, given, effect.bytes, effect.error())
      case 'answer':
        return this.#result(changed(run(), effect.change), port)
      case 'loseLease':
        this.#lost.abort(fencedReason())
        return failing(name, fenced())
    }
  }

  #original(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#originals.get(value) ?? value) : value
  }

  #result(value: unknown, port: string | null): unknown {
    if (value instanceof Promise) return value.then((settled: unknown) => this.#result(settled, port))
    return isPort(value) ? this.wrap(value, port) : value
  }
}

type Run = (given?: readonly unknown[]) => unknown

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** An object with methods of its own making; platform objects and streams are not ports. */
function isPort(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false
  if (value instanceof Map || value instanceof Set || value instanceof AbortSignal || value instanceof Error) return false
  if (Symbol.asyncIterator in value || Symbol.iterator in value) return false
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    const found = Reflect.ownKeys(at).some((key) => {
      const property = Object.getOwnPropertyDescriptor(at, key)
      return key !== 'constructor' && typeof property?.value === 'function'
    })
    if (found) return true
  }
  return false
}

const NEVER = new AbortController().signal

function signalOf(given: readonly unknown[]): AbortSignal {
  for (const value of given) {
    if (value instanceof AbortSignal) return value
    if (typeof value === 'object' && value !== null && 'signal' in value && value.signal instanceof AbortSignal) return value.signal
  }
  return NEVER
}

/** Methods of the ports that give a value at once; they fail at once, too. */
const SYNCHRONOUS: ReadonlySet<string> = new Set([
  'append',
  'at',
  'decide',
  'describe',
  'inspect',
  'model',
  'monotonic',
  'next',
  'now',
  'random',
  'restrict',
  'start',
  'today',
])

function failing(name: string, error: Error): unknown {
  if (SYNCHRONOUS.has(name)) throw error
  return awaitedOrIterated(Promise.reject(error))
}

/** One result for calls that give a promise and for those that give a stream: whoever called knows which. */
function awaitedOrIterated(promise: Promise<unknown>): unknown {
  promise.catch(() => {}) // whoever iterates does not await it
  return Object.assign(promise, {
    async *[Symbol.asyncIterator]() {
      yield* (await promise) as AsyncIterable<unknown>
    },
  })
}

async function torn(run: Run, given: readonly unknown[], bytes: number, error: Error): Promise<never> {
  await run(given.map((value) => (value instanceof Uint8Array ? value.slice(0, bytes) : value)))
  throw error
}

async function changed(result: unknown, change: (given: unknown) => unknown): Promise<unknown> {
  return change(await result)
}
