export type { RolloutInspection, RolloutReport, ThreadLookup } from '../lookup.ts'
export type { MemoryStore, MemoryStoreOptions } from './store.ts'
export { createMemoryStore } from './store.ts'
