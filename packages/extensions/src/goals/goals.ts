import { defineExtension, stateKey } from '@octavo/extension-api'
import type { ContributorContext, Extension, ToolHandler } from '@octavo/extension-api'
import type { ThreadGoal, ThreadId } from '@octavo/protocol'
import { GoalError, GoalRuntime } from './goal-runtime.ts'
import { goalTools } from './tools.ts'

export { GoalError } from './goal-runtime.ts'

export interface GoalsOptions {
  /** False: a thread that rests with an active goal waits for its host. Default true. */
  readonly continueWhenIdle?: boolean
}

/** What a host can set from outside. Absent leaves a value. */
export interface GoalChange {
  readonly objective: string
  /** Tokens; null or absent: no bound. */
  readonly tokenBudget?: number | null
}

/** Goals of the threads of one engine. Methods of a thread that is not loaded throw GoalError `not_loaded`. */
export interface Goals {
  readonly extension: Extension
  get(threadId: ThreadId): ThreadGoal | null
  /** A new goal instead of whatever there was; a thread at rest begins to work on it. @throws GoalError `invalid_goal` */
  set(threadId: ThreadId, change: GoalChange): ThreadGoal
  /** @throws GoalError `no_goal` */
  pause(threadId: ThreadId): ThreadGoal
  /** Active again, whatever stopped it. @throws GoalError `no_goal` */
  resume(threadId: ThreadId): ThreadGoal
  clear(threadId: ThreadId): void
}

interface ThreadGoals {
  readonly runtime: GoalRuntime
  readonly tools: readonly ToolHandler[]
}

const THREAD = stateKey<{ goals: ThreadGoals | null }>('thread', 'goals', () => ({ goals: null }))

/**
 * Goals: something a thread works towards over many turns. The model sets and closes them with tools, the host from outside; a thread
 * that comes to rest with an active goal goes on by itself. Tokens and time of its turns are charged to it, turns in plan mode excepted.
 * Kept with the thread, so that a resumed one goes on, and a fork waits for somebody to start a turn there. Delegates have no goals.
 *
 * Built on the public API only.
 */
export function goals(options: GoalsOptions = {}): Goals {
  const { continueWhenIdle = true } = options
  const loaded = new Map<ThreadId, GoalRuntime>()
  const runtimeOf = (threadId: ThreadId): GoalRuntime => {
    const runtime = loaded.get(threadId)
    if (runtime === undefined) throw new GoalError('not_loaded', `thread ${threadId} is not loaded, so its goal cannot be read or changed`)
    return runtime
  }
  const goOn = (runtime: GoalRuntime): void => {
    if (continueWhenIdle) runtime.goOn()
  }
  const extension = defineExtension({
    id: 'goals',
    contributes: {
      threadLifecycle: {
        started(host, context) {
          if (host.depth > 0) return
          const runtime = new GoalRuntime(host, context.clock)
          context.state.get(THREAD).goals = { runtime, tools: goalTools(runtime) }
          loaded.set(host.threadId, runtime)
        },
        resumed: (_host, context) => ofThread(context)?.runtime.resumed(continueWhenIdle),
        idle(cause, context) {
          const found = ofThread(context)
          if (found !== null && cause !== 'interrupted') goOn(found.runtime)
        },
        stopped: ({ threadId }) => void loaded.delete(threadId),
      },
      turnLifecycle: {
        started: (_turn, context) => ofThread(context)?.runtime.beginTurn(),
        stopped: (_turn, context) => ofThread(context)?.runtime.endTurn(),
        aborted: (_turn, context) => ofThread(context)?.runtime.endTurn(),
        failed: (_turn, error, context) => ofThread(context)?.runtime.failed(error.code),
      },
      toolLifecycle: { finished: (_call, _outcome, context) => ofThread(context)?.runtime.called() },
      tokenUsage: { used: ({ total }, context) => ofThread(context)?.runtime.used(total.totalTokens) },
      tools: { tools: (context) => ofThread(context)?.tools ?? NO_TOOLS },
    },
  })
  return {
    extension,
    get: (threadId) => runtimeOf(threadId).goal,
    set(threadId, { objective, tokenBudget = null }) {
      const runtime = runtimeOf(threadId)
      const goal = runtime.set(objective, tokenBudget)
      goOn(runtime)
      return goal
    },
    pause: (threadId) => runtimeOf(threadId).mark('paused'),
    resume(threadId) {
      const runtime = runtimeOf(threadId)
      const goal = runtime.mark('active')
      goOn(runtime)
      return goal
    },
    clear: (threadId) => runtimeOf(threadId).clear(),
  }
}

const NO_TOOLS: readonly ToolHandler[] = []

/** Null in a thread without goals. */
function ofThread({ state }: ContributorContext): ThreadGoals | null {
  return state.get(THREAD).goals
}
