export type { GoalChange, Goals, GoalsOptions } from './goals.ts'
export { GoalError, goals } from './goals.ts'
