import type { Fault, FaultEffect } from './fault.ts'

/** Which calls were made, and what is planned to go wrong with them. One plan may cover many ports, and counts over all of them. */
export class FaultPlan {
  /** Names of all calls so far, in order. */
  readonly calls: string[] = []
  readonly #waiting: { readonly fault: Fault; seen: number }[]

  constructor(faults: readonly Fault[]) {
    this.#waiting = faults.map((fault) => ({ fault, seen: 0 }))
  }

  /** Notes a call, and says what is to happen to it. `port` is null where there is only one. */
  note(port: string | null, name: string): FaultEffect | null {
    this.calls.push(port === null ? name : `${port}.${name}`)
    let effect: FaultEffect | null = null
    for (const each of this.#waiting) {
      if (!isMeant(each.fault.call, port, name)) continue
      each.seen += 1
      const { nth, times } = each.fault
      if (each.seen >= nth && each.seen < nth + times) effect ??= each.fault.effect
    }
    return effect
  }
}

function isMeant(call: string, port: string | null, name: string): boolean {
  return call === '*' || call === name || (port !== null && (call === `${port}.${name}` || call === `${port}.*`))
}
