import { systemClock, type Clock } from 'octavo'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type EndSignal = (typeof SIGNALS)[number]

/** Longest time between the first signal and the end of the process. */
const GRACE_MS = 2000
/** What commands get of it before they are ended the hard way, in milliseconds. */
export const COMMAND_GRACE_MS = 1000

export interface SignalWatch extends Disposable {
  /** Aborts with the first signal. */
  readonly aborted: AbortSignal
  readonly received: () => EndSignal | null
  /** Dies by the signal that was received. Does not return when there was one. */
  dieIfSignalled(): Promise<void>
}

/**
 * Watches for the signals that end a run. The first one aborts, so that the turn is interrupted, recorded and its processes are ended;
 * a second one, or two seconds without an end, end the process at once. Either way it dies by the signal, as a parent expects.
 */
export function watchSignals(clock: Clock = systemClock): SignalWatch {
  const controller = new AbortController()
  const done = new AbortController()
  let received: EndSignal | null = null
  const onSignal = (signal: EndSignal): void => {
    if (received !== null) die(received)
    received = signal
    controller.abort(signal)
    clock.sleep(GRACE_MS, done.signal).then(
      () => die(signal),
      () => {},
    ) // rejects only when the watch has ended
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  const stop = (): void => {
    done.abort()
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  const die = (signal: EndSignal): void => {
    stop()
    process.kill(process.pid, signal)
  }
  return {
    aborted: controller.signal,
    received: () => received,
    dieIfSignalled: async () => {
      if (received === null) return
      die(received)
      await clock.sleep(Infinity, new AbortController().signal) // the signal is delivered when the loop turns
    },
    [Symbol.dispose]: stop,
  }
}

/**
 * Aborts when whoever read what is said has gone. Without it, a reader that leaves early ends the process in the middle of a turn,
 * with a stack. It watches until the process ends: what is still buffered may fail after the turn.
 */
export function watchReaders(streams: readonly NodeJS.WriteStream[]): AbortSignal {
  const controller = new AbortController()
  for (const stream of streams) stream.on('error', () => controller.abort('the reader has gone'))
  return controller.signal
}
