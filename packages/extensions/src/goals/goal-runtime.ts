import type { Clock } from '@octavo/base'
import { UsageError, uuidV5 } from '@octavo/base'
import type { ThreadHost } from '@octavo/extension-api'
import type { GoalStatus, ThreadGoal } from '@octavo/protocol'
import { GOAL_KEY, readRecord, toRecord } from './record.ts'
import { budgetSpent, continuation } from './words.ts'

/** Longest objective, in characters. */
export const MAX_OBJECTIVE = 4_000
/** Turns a thread begins by itself without the model calling any tool, before its goal is paused. */
const MAX_STALLED = 3

/** Why a goal could not be changed. Nothing has happened. */
export class GoalError extends UsageError {}

/** The goal of one loaded thread: what it is, what it has cost, and whether the thread goes on by itself. */
export class GoalRuntime {
  readonly #host: ThreadHost
  readonly #clock: Clock
  #goal: ThreadGoal | null = null
  /** A goal that came with a fork waits for the first turn somebody starts there. */
  #deferred = false
  /** Tokens of the thread that are charged or were never to be. */
  #chargedTokens = 0
  #latestTokens = 0
  /** Monotonic; null while no turn is charged. */
  #chargedUntil: number | null = null
  /** Told once for each goal. */
  #toldSpent: string | null = null
  #calls = 0
  #stalled = 0
  #ownTurn = false

  constructor(host: ThreadHost, clock: Clock) {
    this.#host = host
    this.#clock = clock
    const kept = readRecord(host.saved(GOAL_KEY))
    if (kept === null) return
    this.#goal = kept.goal
    this.#deferred = kept.writtenBy !== host.threadId
  }

  get goal(): ThreadGoal | null {
    return this.#goal
  }

  /** A new goal, instead of whatever there was. @throws GoalError for a bad objective or budget */
  set(objective: string, tokenBudget: number | null): ThreadGoal {
    const text = objective.trim()
    if (text === '' || text.length > MAX_OBJECTIVE) {
      throw new GoalError('invalid_goal', `the objective of a goal has 1 to ${MAX_OBJECTIVE} characters, got ${text.length}`)
    }
    if (tokenBudget !== null && (!Number.isInteger(tokenBudget) || tokenBudget <= 0)) {
      throw new GoalError('invalid_goal', `the token budget of a goal is a whole number above 0, got ${tokenBudget}`)
    }
    // What was used so far belongs to the goal before it.
    this.charge()
    const now = this.#clock.now()
    this.#deferred = false
    this.#stalled = 0
    return this.#take({
      id: uuidV5(this.#host.threadId, `goal:${now}:${this.#chargedTokens}:${text}`),
      objective: text,
      status: 'active',
      tokenBudget,
      tokensUsed: 0,
      timeUsedMs: 0,
      createdAt: now,
      updatedAt: now,
    })
  }

  /** @throws GoalError `no_goal` */
  mark(status: GoalStatus): ThreadGoal {
    this.charge()
    if (this.#goal === null) throw new GoalError('no_goal', 'this thread has no goal')
    this.#stalled = 0
    return this.#take({ ...this.#goal, status, updatedAt: this.#clock.now() })
  }

  clear(): void {
    if (this.#goal === null) return
    this.#goal = null
    this.#host.save(GOAL_KEY, null)
    this.#host.metadata({ goal: null })
  }

  /** The thread is there again, with its goal. */
  resumed(goOn: boolean): void {
    if (this.#goal !== null) this.#host.metadata({ goal: this.#goal })
    if (goOn) this.goOn()
  }

  beginTurn(): void {
    this.#deferred = false
    this.#calls = 0
    this.#latestTokens = this.#host.snapshot().usage.total.totalTokens
    this.#chargedTokens = this.#latestTokens
    this.#chargedUntil = this.#inPlanMode() ? null : this.#clock.monotonic()
  }

  used(totalTokens: number): void {
    this.#latestTokens = totalTokens
  }

  called(): void {
    this.#calls += 1
    this.charge()
  }

  endTurn(): void {
    this.charge()
    this.#chargedUntil = null
    this.#stalled = this.#ownTurn && this.#calls === 0 ? this.#stalled + 1 : 0
    this.#ownTurn = false
  }

  /** A turn that failed is not begun again by itself. */
  failed(code: string): void {
    this.charge()
    if (this.#goal?.status === 'active') this.#take({ ...this.#goal, status: code === 'usage_limit_reached' ? 'usageLimited' : 'blocked' })
  }

  /** Starts a turn towards an active goal. A thread in which one runs, or was asked for, goes on when it rests. */
  goOn(): void {
    const goal = this.#goal
    if (this.#ownTurn || this.#host.snapshot().turn !== null) return
    if (goal?.status !== 'active' || this.#deferred || this.#inPlanMode()) return
    if (this.#stalled >= MAX_STALLED) {
      this.#take({ ...goal, status: 'paused', updatedAt: this.#clock.now() })
      this.#host.warn(`the goal is paused: ${MAX_STALLED} turns in a row did nothing for it; resume it when there is more to say`)
      return
    }
    void this.#start(goal)
  }

  async #start(goal: ThreadGoal): Promise<void> {
    this.#ownTurn = true
    const admission = await this.#host.inject([continuation(goal)], 'startIfIdle')
    // Somebody was quicker, and goes on with it.
    if (admission.kind !== 'started') this.#ownTurn = false
  }

  /** Adds what was used since the last time to the goal that was worked on. */
  charge(): void {
    if (this.#goal === null || this.#chargedUntil === null) return
    const now = this.#clock.monotonic()
    const tokens = Math.max(0, this.#latestTokens - this.#chargedTokens)
    const ms = now - this.#chargedUntil
    this.#chargedTokens = this.#latestTokens
    this.#chargedUntil = now
    if (tokens === 0 && ms === 0) return
    const used = { ...this.#goal, tokensUsed: this.#goal.tokensUsed + tokens, timeUsedMs: this.#goal.timeUsedMs + ms }
    const isSpent = used.status === 'active' && used.tokenBudget !== null && used.tokensUsed >= used.tokenBudget
    this.#take({ ...used, status: isSpent ? 'budgetLimited' : used.status, updatedAt: this.#clock.now() })
    if (isSpent && this.#toldSpent !== used.id) {
      this.#toldSpent = used.id
      void this.#host.inject([budgetSpent(used)], 'ifRunning')
    }
  }

  #take(goal: ThreadGoal): ThreadGoal {
    this.#goal = goal
    this.#host.save(GOAL_KEY, toRecord(goal, this.#host.threadId))
    this.#host.metadata({ goal })
    return goal
  }

  #inPlanMode(): boolean {
    return this.#host.snapshot().settings.collaborationMode.mode === 'plan'
  }
}
