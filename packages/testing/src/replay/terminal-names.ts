import type { ResponseItem } from '@octavo/protocol'

const RUNNING = /Process running with session ID (\d+)/

/** Terminals of a recording by the numbers they have now. */
export class TerminalNames {
  readonly #now = new Map<string, string>()

  /** From what the same call said then and says now. */
  learn(recorded: string, live: string): void {
    const [before, now] = [RUNNING.exec(recorded)?.[1], RUNNING.exec(live)?.[1]]
    if (before !== undefined && now !== undefined) this.#now.set(before, now)
  }

  /** A call that names a terminal, naming the one of now. */
  translate(item: ResponseItem): ResponseItem {
    if (item.type !== 'function_call' || this.#now.size === 0) return item
    const renamed = item.arguments.replaceAll(/("session_id"\s*:\s*)(\d+)/g, (whole, field: string, number: string) => {
      const now = this.#now.get(number)
      return now === undefined ? whole : field + now
    })
    return { ...item, arguments: renamed }
  }
}
