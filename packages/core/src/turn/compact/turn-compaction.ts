import { describeError, OctavoError, throwIfCancelled } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import { TurnError } from '../../errors/turn-error.ts'
import type { Line } from '../respond.ts'
import type { TurnContext, TurnParts } from '../turn-context.ts'
import { compact } from './compact.ts'
import type { CompactionOrder } from './compact.ts'
import { MAX_IN_ROW, planCompaction } from './decide.ts'
import type { CompactionPlan } from './decide.ts'
import { canBeShortened } from './material.ts'
import { tokensOf } from './replacement.ts'
import { activeTokens, waitingTokens } from './window.ts'

/** Watches over the size of history through one turn, and shortens it where that is needed or wanted. */
export class TurnCompaction {
  readonly #turn: TurnContext
  readonly #parts: TurnParts
  readonly #line: Line
  /** Compactions since a step completed and left room. */
  #inRow = 0
  /** Input of this turn that no model has seen yet. */
  #unseen: readonly ResponseItem[] = []
  #inTurn = false
  #wanted = false

  constructor(turn: TurnContext, parts: TurnParts, line: Line) {
    this.#turn = turn
    this.#parts = parts
    this.#line = line
  }

  /** True while somebody waits for history to be shortened in this turn. */
  get wanted(): boolean {
    this.#wanted ||= this.#parts.takeCompactWanted()
    return this.#wanted
  }

  /** At a step boundary, before what waits enters history: it counts, and is not shortened. Returns `exceeded` when that cannot help. */
  async beforeStep(): Promise<CompactionPlan> {
    const { recorder, inbox } = this.#parts
    const waiting = waitingTokens(inbox.peek())
    const plan = planCompaction({
      tokens: activeTokens(recorder.history, recorder.usage) + waiting,
      unseenTokens: waiting + tokensOf(this.#unseen),
      compactAt: this.#turn.compactAt,
      window: this.#turn.window,
      canShorten: () => this.#canShorten(),
      inRow: this.#inRow,
    })
    if (plan.kind === 'compact') {
      // Who asked for it meanwhile gets this one.
      this.#parts.takeCompactWanted()
      this.#wanted = false
      await this.#compact({ modelFree: plan.modelFree, rejected: false, needed: true })
      return { kind: 'fits' }
    }
    if (plan.kind === 'fits' && this.wanted) await this.asWanted()
    return plan
  }

  /** Input from this place of history on is new. */
  took(from: number): void {
    const { items } = this.#parts.recorder.history
    if (from < items.length) this.#unseen = [...this.#unseen, ...items.slice(from)]
  }

  /** A response has seen all there is. */
  stepCompleted(): void {
    const { recorder } = this.#parts
    const { compactAt } = this.#turn
    this.#unseen = []
    this.#inTurn = true
    if (compactAt === null || recorder.usage.last.totalTokens < compactAt) this.#inRow = 0
  }

  /** True when the request was found too long and history is shorter now, so that the step can be tried again. */
  async afterFailure(error: unknown): Promise<boolean> {
    if (!(error instanceof ModelError) || error.code !== 'context_window_exceeded') return false
    if (this.#inRow > MAX_IN_ROW || !this.#canShorten()) return false
    try {
      await this.#compact({ modelFree: this.#inRow === MAX_IN_ROW, rejected: true, needed: true })
      return true
    } catch (failure) {
      if (failure instanceof TurnError && failure.code === 'compaction_failed') return false
      throw failure
    }
  }

  /** Somebody asked for it while the turn runs. That it fails does not end work that can go on without it. */
  async asWanted(): Promise<void> {
    const { recorder } = this.#parts
    this.#wanted = false
    if (!this.#canShorten()) return
    try {
      await this.#compact({ modelFree: false, rejected: false, needed: false })
    } catch (error) {
      throwIfCancelled(this.#turn.scope.signal)
      if (!OctavoError.is(error) || error.code === 'contributor_failed') throw error
      recorder.warn('compaction_failed', `history was not shortened and is as it was: ${describeError(error)}`)
    }
  }

  async #compact(how: Pick<CompactionOrder, 'modelFree' | 'rejected' | 'needed'>): Promise<void> {
    this.#inRow += 1
    // What is unseen stays so: the same items stand in the new history.
    await compact({ ...how, inTurn: this.#inTurn || how.rejected, unseen: this.#unseen }, this.#turn, this.#parts, this.#line)
  }

  #canShorten(): boolean {
    const { recorder, contributors } = this.#parts
    return canBeShortened(recorder.history.items, new Set(this.#unseen), new Set(contributors.sections.map(({ id }) => id)))
  }
}
