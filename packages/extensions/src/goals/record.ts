import { isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { GoalStatus, ThreadGoal, ThreadId } from '@octavo/protocol'

/** Under which name a thread keeps its goal. */
export const GOAL_KEY = 'goal'

const STATUSES: ReadonlySet<string> = new Set<GoalStatus>(['active', 'paused', 'blocked', 'usageLimited', 'budgetLimited', 'complete'])

/** A goal as its thread keeps it, with the thread that wrote it: a fork finds the goal of another thread. */
export function toRecord(goal: ThreadGoal, writtenBy: ThreadId): JsonObject {
  return { ...goal, writtenBy }
}

/** What was kept; null for nothing, and for what cannot be read. */
export function readRecord(kept: JsonValue | null): { readonly goal: ThreadGoal; readonly writtenBy: string } | null {
  if (!isRecord(kept)) return null
  const { id, objective, status, tokenBudget, tokensUsed, timeUsedMs, createdAt, updatedAt, writtenBy } = kept
  if (typeof id !== 'string' || typeof objective !== 'string' || typeof status !== 'string' || !STATUSES.has(status)) return null
  if (tokenBudget !== null && typeof tokenBudget !== 'number') return null
  if (typeof tokensUsed !== 'number' || typeof timeUsedMs !== 'number') return null
  if (typeof createdAt !== 'number' || typeof updatedAt !== 'number' || typeof writtenBy !== 'string') return null
  const known = status as GoalStatus // one of the set above
  return { goal: { id, objective, status: known, tokenBudget, tokensUsed, timeUsedMs, createdAt, updatedAt }, writtenBy }
}
