export type { MemoryCommand, MemoryCommands } from './processes.ts'
export type { MemoryWorkspace, MemoryWorkspaceOptions } from './workspace.ts'
export { createMemoryWorkspace } from './workspace.ts'
