import type { TerminalOutput, ToolContext } from '@octavo/extension-api'
import type { TerminalId } from '@octavo/protocol'

/** Most bytes kept of either end when looks are put together. */
const KEPT_BYTES = 524_288

type CollectContext = Pick<ToolContext, 'terminals' | 'clock' | 'pausedMs' | 'signal'>

/**
 * What a terminal prints until `waitMs` after `startedAt` (monotonic), or its end. Output alone does not end the wait. Time that the call
 * spends waiting for people does not count, so the wait goes on by it.
 */
export async function collectFor(
  id: TerminalId,
  wait: { readonly startedAt: number; readonly waitMs: number },
  { terminals, clock, pausedMs, signal }: CollectContext,
): Promise<TerminalOutput> {
  const pausedBefore = pausedMs()
  let untilMs = wait.startedAt + wait.waitMs
  let collected = await terminals.collect(id, { untilMs, signal })
  for (;;) {
    untilMs = wait.startedAt + wait.waitMs + pausedMs() - pausedBefore
    if (collected.exit !== null || clock.monotonic() >= untilMs) return collected
    collected = joinOutputs(collected, await terminals.collect(id, { untilMs, signal }))
  }
}

/** Two looks, one after the other, as one; what was lost in either is lost between the ends kept. */
export function joinOutputs(first: TerminalOutput, second: TerminalOutput): TerminalOutput {
  const [start, end] = ends(first, second)
  const head = start.subarray(0, KEPT_BYTES)
  const tail = end.subarray(Math.max(0, end.length - KEPT_BYTES))
  const totalBytes = first.totalBytes + second.totalBytes
  return { head, tail, omittedBytes: totalBytes - head.length - tail.length, totalBytes, exit: second.exit }
}

/** What comes before the first gap, and what comes after the last one. */
function ends(first: TerminalOutput, second: TerminalOutput): readonly [Uint8Array, Uint8Array] {
  const isWhole = second.omittedBytes === 0
  if (first.omittedBytes > 0) return [first.head, isWhole ? concat(first.tail, second.head, second.tail) : second.tail]
  const before = concat(first.head, first.tail, second.head)
  if (!isWhole) return [before, second.tail]
  const all = concat(before, second.tail)
  return [all.subarray(0, KEPT_BYTES), all.subarray(KEPT_BYTES)]
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
