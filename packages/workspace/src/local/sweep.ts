import { readdirSync, readFileSync } from 'node:fs'
import { TREE_VARIABLE } from './environment.ts'
import { signalProcess } from './signals.ts'

/** Where to look for marked processes. */
export interface SweepRange {
  /** None of them has a lower number, unless numbers have wrapped around. */
  readonly firstPid: number
  /** None of them started earlier, in ticks of the system; see {@link readStartTicks}. */
  readonly startTicks: number
  /** True when so little time has passed that numbers cannot have wrapped around. */
  readonly isRecent: boolean
}

export interface Survey {
  readonly marked: readonly number[]
  /** A process was just becoming another program, and shows its environment a moment later only; or it has none. */
  readonly isUnclear: boolean
}

const longestRange = 2048

/**
 * Looks for processes whose environment bears the mark, wherever they have moved: another group, another session, another parent. A
 * process that emptied its environment is not found.
 *
 * Linux only; elsewhere nothing is found. For a recent process it costs a look at the few numbers given out since; otherwise all of
 * `/proc` is read, about 10 µs for each process of this user.
 */
export function surveyMarked(mark: string, range: SweepRange): Survey {
  if (process.platform !== 'linux') return { marked: [], isUnclear: false }
  const marked: number[] = []
  let isUnclear = false
  for (const pid of candidates(range)) {
    if (pid === process.pid) continue
    const environment = readText(`/proc/${pid}/environ`)
    if (environment === '') isUnclear ||= isNewcomer(pid, range)
    else if (environment !== null && bears(environment, mark)) marked.push(pid)
  }
  return { marked, isUnclear }
}

function candidates({ firstPid, isRecent }: SweepRange): readonly number[] {
  const lastPid = isRecent ? readLastPid() : null
  if (lastPid === null || lastPid < firstPid || lastPid - firstPid > longestRange) return listProcesses()
  return Array.from({ length: lastPid - firstPid + 1 }, (_, index) => firstPid + index)
}

/** The number the system gave out last. */
function readLastPid(): number | null {
  const last = readText('/proc/loadavg')?.trim().split(' ').at(-1)
  return last === undefined ? null : Number(last)
}

function listProcesses(): readonly number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
}

const assignment = `${TREE_VARIABLE}=`

function bears(environment: string, mark: string): boolean {
  return environment.split('\0').some((each) => each.startsWith(assignment) && each.slice(assignment.length).split('/').includes(mark))
}

function isNewcomer(pid: number, { startTicks }: SweepRange): boolean {
  const stat = readStat(pid)
  return stat !== null && !stat.isKernelThread && stat.startTicks >= startTicks
}

/** Is anybody of the group alive, other than those who only wait for their parent to notice their end? Linux only; elsewhere true. */
export function isGroupAlive(group: number): boolean {
  return process.platform !== 'linux' || listProcesses().some((pid) => readStat(pid)?.group === group)
}

/** False also for a process that only waits for its parent to notice its end. */
export function isAlive(pid: number): boolean {
  return process.platform === 'linux' ? readStat(pid) !== null : signalProcess(pid, 0)
}

/** When a process started, in ticks since the system did; 0 where that cannot be learned. */
export function readStartTicks(pid: number): number {
  return readStat(pid)?.startTicks ?? 0
}

interface Stat {
  readonly group: number
  readonly startTicks: number
  readonly isKernelThread: boolean
}

const kernelThreadFlag = 0x0020_0000

/** Null for a process that has ended, its parent having noticed or not. */
function readStat(pid: number): Stat | null {
  const text = readText(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ') // the name before it may hold anything
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return { group: Number(fields[2]), startTicks: Number(fields[19]), isKernelThread: (Number(fields[6]) & kernelThreadFlag) !== 0 }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null // gone, or another user's
  }
}
