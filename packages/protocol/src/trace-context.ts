/** Where a submission belongs in a trace of its host: the two headers of W3C Trace Context, as they came. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

/** Version, trace id, parent id, flags; the version `ff` and ids of zeros only are not allowed. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/

/** Whether a `traceparent` can be read. Version 00 has nothing behind the flags, later versions may. */
export function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text) && (text.length === 55 || !text.startsWith('00'))
}
