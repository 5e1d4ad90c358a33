import type { LocalProcess } from './running-process.ts'

/** The processes of one or several workspaces that have not been ended yet, whoever owns them. */
export class ProcessTable {
  readonly #processes = new Set<LocalProcess>()

  /** Not yet ended, those included that have exited and were not disposed. */
  get size(): number {
    return this.#processes.size
  }

  add(process: LocalProcess): void {
    this.#processes.add(process)
  }

  remove(process: LocalProcess): void {
    this.#processes.delete(process)
  }

  /** Ends all of them side by side, descendants included. */
  async endAll(options: { readonly graceMs: number }): Promise<void> {
    await Promise.all([...this.#processes].map((process) => process.end(options)))
  }

  /** Kills what can be found at once, without waiting; for the handler of an exit. */
  killAll(): void {
    for (const process of this.#processes) process.killNow()
  }
}
