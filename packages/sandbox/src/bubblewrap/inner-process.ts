import { readFileSync } from 'node:fs'
import type { Clock } from '@octavo/base'

/** A process that is still the same one as long as its start time is. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTicks: string
}

/** The first process of the sandbox, as `--info-fd` reports it; null before the report is there, or when that process is gone. */
export function readSandboxInit(report: string): ProcessIdentity | null {
  const pid = /"child-pid":\s*(\d+)/.exec(report)?.[1]
  return pid === undefined ? null : identifyProcess(Number(pid))
}

export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = readStat(pid)
  return stat === null ? null : { pid, startTicks: stat.startTicks }
}

/**
 * The command itself. The first process only reaps, and as the first of its namespace it does not hear polite signals. Null when the
 * command has ended, or where the kernel does not list children.
 */
export function findCommand(init: ProcessIdentity): number | null {
  try {
    if (!isAlive(init)) return null
    const first = readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8').trim().split(' ')[0]
    return first === undefined || first === '' ? null : Number(first)
  } catch {
    return null
  }
}

/** False also for a process that waits for its parent to notice the end, since then nothing runs in its namespace any more. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  const stat = readStat(pid)
  return stat !== null && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/**
 * Sees that the process is gone, waiting a second at most. It usually dies with its wrapper, a moment later; a wrapper killed while it
 * was starting leaves it running.
 */
export async function endProcess(init: ProcessIdentity, clock: Clock): Promise<void> {
  const never = new AbortController().signal
  for (let waitedMs = 0; waitedMs < 1000 && isAlive(init); waitedMs += 1) {
    if (waitedMs > 0) kill(init.pid)
    await clock.sleep(1, never)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}

function readStat(pid: number): { readonly state: string; readonly startTicks: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ') // the name before it may hold anything
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
  } catch {
    return null
  }
}
