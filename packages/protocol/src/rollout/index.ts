export type { EventMsg, WireTokenUsage } from './event-msg.ts'
export type { RolloutItem, RolloutItemOf, RolloutItemType, RolloutLine } from './line.ts'
export type { RolloutLineReading } from './read-line.ts'
export { readResponseItem } from './read-response-item.ts'
export { readRolloutLine } from './read-line.ts'
export type {
  CompactedRecord,
  OctavoExtensionRecord,
  OctavoStartRecord,
  OpaqueRecord,
  RecordPayloads,
  TokenUsageRecord,
  TurnContextRecord,
  WorldStateRecord,
} from './records.ts'
export type { GitInfo, HistoryBase, SessionMeta, SessionSource } from './session-meta.ts'
export { formatRolloutLine } from './write-line.ts'
