import type { CommandExecutionTurnItem, DeltaPart, TurnItem } from '@octavo/protocol'
import type { ItemReporter } from '@octavo/extension-api'
import type { Recorder } from '../record/recorder.ts'

/** The visible item of one call: started once, completed exactly once, whoever does it. */
export class ItemTracker implements ItemReporter {
  readonly #recorder: Recorder
  #item: TurnItem | null = null
  #state: 'none' | 'open' | 'withTerminal' | 'completed' = 'none'
  #attempt: 1 | 2 = 1
  /** Set once the call is over: how an item ends that nobody completed. */
  #closed: ((item: TurnItem) => TurnItem) | null = null

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  get item(): TurnItem | null {
    return this.#item
  }

  start(item: TurnItem): void {
    this.#item = item
    this.#state = 'open'
    this.#recorder.startItem(item)
  }

  delta(part: DeltaPart, text: string): void {
    if (this.#item !== null && this.#state === 'open') this.#recorder.delta(this.#item.id, part, text)
  }

  update(item: TurnItem): void {
    if (this.#state !== 'open') return
    this.#item = item
    this.#recorder.updateItem(item, this.#attempt)
  }

  /** The call runs again with more; the item goes on, as if nothing had run. */
  retry(): void {
    this.#attempt = 2
    if (this.#item !== null) this.update(unrun(this.#item))
  }

  complete(item: TurnItem): void {
    if (this.#state !== 'open') return
    this.#item = item
    this.#state = 'completed'
    this.#recorder.completeItem(item)
  }

  /** A terminal has taken the item over and will complete it. */
  handOver(): void {
    if (this.#state === 'open') this.#state = 'withTerminal'
  }

  /** The terminal did not start. */
  takeBack(): void {
    if (this.#state !== 'withTerminal') return
    this.#state = 'open'
    this.#completeIfOver()
  }

  /** The terminal's process is gone. `keep`: the call may still run again, so the item stays open while the call lasts. */
  handBack(item: CommandExecutionTurnItem, keep: boolean): void {
    if (this.#state !== 'withTerminal') return
    this.#state = 'open'
    if (keep && this.#closed === null) this.#item = item
    else this.complete(item)
  }

  /** The call is over: completes what nobody completed, by how it went. A terminal that still runs keeps the item. */
  finish(closed: (item: TurnItem) => TurnItem): void {
    this.#closed = closed
    this.#completeIfOver()
  }

  #completeIfOver(): void {
    if (this.#item !== null && this.#closed !== null && this.#state === 'open') this.complete(this.#closed(this.#item))
  }
}

function unrun(item: TurnItem): TurnItem {
  if (item.type !== 'commandExecution') return item
  return { ...item, terminalId: null, status: 'inProgress', output: null, exitCode: null, durationMs: null }
}
