export type { Transcript, TranscriptOptions } from './format.ts'
export { formatTranscript } from './format.ts'
export type { MaskOptions } from './mask.ts'
export { maskTranscript } from './mask.ts'
