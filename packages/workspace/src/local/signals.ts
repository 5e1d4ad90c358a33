/** Signals the group that `pid` leads, else the process alone. False when there is neither, or it is not ours to signal. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return (process.platform !== 'win32' && signalProcess(-pid, signal)) || signalProcess(pid, signal)
}

export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
