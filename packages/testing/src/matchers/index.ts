export type { Judged, TranscriptMatchers } from './matchers.ts'
export { matchers } from './matchers.ts'
