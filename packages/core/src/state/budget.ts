import { UsageError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { ModelPrice } from '@octavo/extension-api'
import type { Budget, BudgetLimit, BudgetSpent, TokenUsage } from '@octavo/protocol'

/** What a limit ran out of, and whose limit it was: the turn's own, its thread's, or one of a thread above. */
export interface Exhausted {
  readonly limit: BudgetLimit
  readonly allowed: number
  readonly spent: number
  readonly scope: 'turn' | 'thread' | 'tree'
}

const NOTHING: BudgetSpent = { tokens: 0, usd: 0, steps: 0, wallMs: 0 }

/** A rest of time that rounding left, too small for a clock to pass. */
const ROUNDING_MS = 1e-6

const LIMITS = ['tokens', 'usd', 'steps', 'wallMs'] as const satisfies readonly BudgetLimit[]

/**
 * What a thread, or one of its turns, has used and may use: a node of a tree that what is spent climbs at once.
 *
 * A root thread has one made by {@link BudgetAccount.root}. A turn's is `thread.child('turn', …)`. A delegate's thread has
 * `parent.child('thread', budget ?? {})`, where `parent` is the account of the turn that starts it while that turn runs, else of the
 * parent's thread: what the child spends then counts there too, and is out for the child as soon as it is out there or anywhere above,
 * whoever spent it. Own limits can therefore only narrow. Nothing holds a child here once its turns have ended, so it is closed by being dropped.
 *
 * Tokens, dollars and steps are spent when they are known, after each response: an account goes over its limit by what was in flight
 * then, at most. Time counts while any turn runs, here or further down: two turns side by side take no more of it than one.
 */
export class BudgetAccount {
  readonly #kind: 'turn' | 'thread'
  readonly #limits: Budget
  readonly #parent: BudgetAccount | null
  readonly #clock: Clock
  /** Turns under this account whose time counts now, here or further down. */
  readonly #running = new Set<RunningTurn>()
  #tokens = 0
  #usd = 0
  #steps = 0
  /** Up to {@link BudgetAccount.#countedAt}. */
  #wallMs = 0
  #countedAt = 0
  #alarm: AbortController | null = null
  #kept: BudgetSpent = NOTHING

  private constructor(kind: 'turn' | 'thread', limits: Budget, parent: BudgetAccount | null, clock: Clock) {
    this.#kind = kind
    this.#limits = limits
    this.#parent = parent
    this.#clock = clock
  }

  /** The account of a thread without a parent. @throws UsageError `invalid_budget` */
  static root(limits: Budget, clock: Clock): BudgetAccount {
    return new BudgetAccount('thread', checkedBudget(limits), null, clock)
  }

  /** @throws UsageError `invalid_budget` */
  child(kind: 'turn' | 'thread', limits: Budget): BudgetAccount {
    return new BudgetAccount(kind, checkedBudget(limits), this, this.#clock)
  }

  /** Of this account and all below it; of time, what passed while any of them ran. */
  spent(): BudgetSpent {
    return { tokens: this.#tokens, usd: this.#usd, steps: this.#steps, wallMs: this.#wallNow() }
  }

  /** Counts here and in everything above. Time counts by itself, while turns run. */
  spend({ tokens = 0, usd = 0, steps = 0 }: Partial<Omit<BudgetSpent, 'wallMs'>>): void {
    for (const account of this.#chain()) {
      account.#tokens += tokens
      account.#usd += usd
      account.#steps += steps
    }
  }

  /** What was spent, when that is another than it was the last time; for whoever keeps it. */
  changed(): BudgetSpent | null {
    const spent = this.spent()
    if (LIMITS.every((limit) => spent[limit] === this.#kept[limit])) return null
    this.#kept = spent
    return spent
  }

  /** What the thread spent before it was loaded. Here alone: what is above has kept its own account of it. */
  restore({ tokens, usd, steps, wallMs }: BudgetSpent): void {
    this.#tokens += tokens
    this.#usd += usd
    this.#steps += steps
    this.#wallMs += wallMs
    this.#kept = this.spent()
  }

  /** What ran out, nearest to the root first: with that, no other limit matters. Null: something may still be spent. */
  exhausted(): Exhausted | null {
    let threads = 0
    let out: Exhausted | null = null
    for (const account of this.#chain()) {
      const scope = threads > 0 ? 'tree' : account.#kind
      if (account.#kind === 'thread') threads += 1
      out = account.#own(scope) ?? out
    }
    return out
  }

  /** True when this account, or one above, is held to `limit`. */
  bounds(limit: BudgetLimit): boolean {
    return this.#chain().some((account) => account.#limits[limit] !== undefined)
  }

  /** Counts a turn's time from now on, until it is disposed. `cut` is called, once, when the time of any account it counts in is over. */
  run(cut: () => void): RunningTurn {
    return new RunningTurn(cut, (turn, counts) => {
      for (const account of this.#chain()) account.#count(turn, counts)
    })
  }

  #count(turn: RunningTurn, counts: boolean): void {
    this.#wallMs = this.#wallNow()
    this.#countedAt = this.#clock.monotonic()
    if (counts) this.#running.add(turn)
    else this.#running.delete(turn)
    this.#arm()
  }

  #wallNow(): number {
    return this.#running.size === 0 ? this.#wallMs : this.#wallMs + this.#clock.monotonic() - this.#countedAt
  }

  /** Waits for the moment at which the time is over. */
  #arm(): void {
    this.#alarm?.abort()
    this.#alarm = null
    const { wallMs } = this.#limits
    if (wallMs === undefined || this.#running.size === 0) return
    const alarm = new AbortController()
    this.#alarm = alarm
    const leftMs = Math.max(0, wallMs - this.#wallNow())
    // Rejects only because another alarm took its place.
    this.#clock.sleep(leftMs, alarm.signal).then(
      () => (this.#wallNow() < wallMs - ROUNDING_MS ? this.#arm() : this.#timeIsOver(wallMs)),
      () => {},
    )
  }

  #timeIsOver(wallMs: number): void {
    if (this.#wallNow() < wallMs) {
      this.#wallMs = wallMs
      this.#countedAt = this.#clock.monotonic()
    }
    for (const turn of [...this.#running]) turn.cut()
  }

  #own(scope: Exhausted['scope']): Exhausted | null {
    const spent = this.spent()
    for (const limit of LIMITS) {
      const allowed = this.#limits[limit]
      if (allowed !== undefined && spent[limit] >= allowed) return { limit, allowed, spent: spent[limit], scope }
    }
    return null
  }

  /** This account and those above, nearest first. */
  #chain(): readonly BudgetAccount[] {
    const chain: BudgetAccount[] = [this]
    for (let account = this.#parent; account !== null; account = account.#parent) chain.push(account)
    return chain
  }
}

/** A turn whose time counts. */
export class RunningTurn implements Disposable {
  /** Called at most once. */
  readonly #cut: () => void
  readonly #count: (turn: RunningTurn, counts: boolean) => void
  #state: 'counting' | 'paused' | 'over' = 'counting'
  #wasCut = false

  constructor(cut: () => void, count: (turn: RunningTurn, counts: boolean) => void) {
    this.#cut = cut
    this.#count = count
    count(this, true)
  }

  cut(): void {
    if (this.#wasCut) return
    this.#wasCut = true
    this.#cut()
  }

  /** True: the turn waits for people, which costs nothing. */
  pause(waits: boolean): void {
    const state = waits ? 'paused' : 'counting'
    if (this.#state === 'over' || this.#state === state) return
    this.#state = state
    this.#count(this, !waits)
  }

  [Symbol.dispose](): void {
    if (this.#state === 'counting') this.#count(this, false)
    this.#state = 'over'
  }
}

/** What a response cost, in US dollars. Input from the cache has its own price; everything else of the input has the full one. */
export function priceOf(usage: TokenUsage, price: ModelPrice): number {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const { input, cachedInput, output } = price
  return ((usage.inputTokens - cached) * input + cached * cachedInput + usage.outputTokens * output) / 1_000_000
}

/** @throws UsageError `invalid_budget` naming the limit */
function checkedBudget(budget: Budget): Budget {
  for (const [limit, allowed] of Object.entries(budget) as [string, unknown][]) {
    if (!(LIMITS as readonly string[]).includes(limit)) {
      throw new UsageError('invalid_budget', `a budget has no limit "${limit}"; it may have ${LIMITS.join(', ')}`, { data: { limit } })
    }
    if (allowed !== undefined && !(typeof allowed === 'number' && Number.isFinite(allowed) && allowed >= 0)) {
      throw new UsageError('invalid_budget', `budget.${limit} must be a number that is not negative; leave it out for no limit`, {
        data: { limit },
      })
    }
  }
  return budget
}
