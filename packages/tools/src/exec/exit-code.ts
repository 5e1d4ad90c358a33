import type { ExitSummary } from '@octavo/protocol'

/** Numbers that are the same on every system Octavo runs on. */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
}

/** One number for how a process ended: its code, 128 and the signal's number as shells have it, or -1 when neither is known. */
export function exitCodeOf({ code, signal }: ExitSummary): number {
  if (code !== null) return code
  if (signal === null) return -1
  return 128 + (Object.hasOwn(SIGNALS, signal) ? (SIGNALS[signal] ?? 0) : 0)
}
