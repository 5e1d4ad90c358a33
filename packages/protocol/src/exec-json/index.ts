export type { ExecJsonEvent, ExecJsonItem, ExecJsonItemDetails, ExecJsonTodo, ExecJsonUsage } from './events.ts'
export { formatExecJson } from './events.ts'
export type { ExecJsonState } from './project.ts'
export { execJsonProjection } from './project.ts'
