export type { ReplayOptions } from './replay-thread.ts'
export { replayThread } from './replay-thread.ts'
export type { DivergenceReport, ReplayedCall } from './report.ts'
export { formatDivergenceReport } from './report.ts'
