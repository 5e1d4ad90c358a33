import { maskDate, maskExecReport, replaceTexts, uuidMask } from './volatile.ts'

export interface MaskOptions {
  /** Texts that differ from run to run and what to show instead, such as `{ '/tmp/x1y2': '<cwd>' }`; longest first wins. */
  readonly replace?: Readonly<Record<string, string>>
}

/** Fields that hold times and lengths of time, in events, items and rollout lines. */
const TIMES =
  /"(at|startedAt|completedAt|openedAt|deadlineAt|modifiedAt|createdAt|durationMs|delayMs|started_at|completed_at|create_time|duration_ms|wallMs|started_at_ms|completed_at_ms|pid)":\d+(?:\.\d+)?/g

/**
 * Hides from a transcript what two runs with real processes cannot have in common: times, ids of all kinds, and the numbers of events,
 * since output comes in pieces as the system likes. UUIDs are numbered in the order they appear, so that two that were equal stay
 * equal and two that differed stay different.
 */
export function maskTranscript(text: string, options: MaskOptions = {}): string {
  const masked = maskDate(maskExecReport(uuidMask()(replaceTexts(text, options.replace ?? {}))))
  return masked
    .replaceAll(/(?<!\d)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>')
    .replaceAll(/^\d+(?:-\d+)? \+\d+ /gm, '<n> +<ms> ')
    .replaceAll(/"(terminalId|process_id)":"\d+"/g, '"$1":"<terminal>"')
    .replaceAll(/"secs":\d+,"nanos":\d+/g, '"secs":<number>,"nanos":<number>')
    .replaceAll(TIMES, '"$1":<number>')
}
