import { CancelledError, OctavoError } from '@octavo/base'
import type { Delegate, DelegateRequest, TurnTaskHost } from '@octavo/extension-api'
import { isResync, profileOfSandboxPolicy } from '@octavo/protocol'
import type { OpOf, ReviewOutput, TurnItem } from '@octavo/protocol'
import { reviewHint, reviewPrompt } from './prompt.ts'
import { readReview } from './read-output.ts'
import { cutReviewNote, renderReview, reviewNote } from './render.ts'
import type { ReviewOptions } from './review.ts'
import { RUBRIC } from './rubric.ts'

/** What the start of a reviewer may take, in milliseconds. */
const START_MS = 30_000

/** A review from its reviewer's start to what stays of it in the thread; returns the findings as people read them. */
export async function runReview(
  op: OpOf<'review'>,
  host: TurnTaskHost,
  options: ReviewOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const { target, hint = reviewHint(target) } = op
  const mergeBase = target.type === 'baseBranch' ? await mergeBaseOf(target.branch, options, signal) : null
  const delegate = await host.spawn(requestOf(reviewPrompt(target, mergeBase), options))
  const entered: TurnItem = { type: 'enteredReview', id: host.itemId(), target, hint }
  host.startItem(entered)
  host.completeItem(entered)
  const shown = showWork(delegate, host)
  let output: ReviewOutput | null = null
  try {
    output = await outputOf(delegate, signal)
  } finally {
    shown.end()
    exit(output, host)
  }
  const rendered = renderReview(output)
  host.record([reviewNote(rendered)])
  const said: TurnItem = { type: 'agentMessage', id: host.itemId(), text: rendered, phase: 'final_answer' }
  host.startItem(said)
  host.record([{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: rendered }], id: said.id }])
  host.completeItem(said)
  return rendered
}

async function mergeBaseOf(branch: string, { mergeBase }: ReviewOptions, signal: AbortSignal): Promise<string | null> {
  try {
    return (await mergeBase?.(branch, signal)) ?? null
  } catch (error) {
    if (CancelledError.is(error)) throw error
    return null // the reviewer is told how to find it
  }
}

function requestOf(prompt: string, { model = null, permissions = 'readOnly', cwd }: ReviewOptions): DelegateRequest {
  const readOnly = permissions === 'readOnly'
  return {
    input: [{ type: 'text', text: prompt }],
    context: 'none',
    budget: null,
    deadlineMs: START_MS,
    wake: false,
    oneShot: true,
    notify: false,
    source: { subagent: 'review' },
    baseInstructions: RUBRIC,
    settings: { ...(readOnly ? { approvalPolicy: 'never' } : {}), ...(model === null ? {} : { model }) },
    ...(readOnly ? { permissions: profileOfSandboxPolicy({ type: 'read-only', networkAccess: false }) } : {}),
    ...(cwd === undefined ? {} : { cwd }),
  }
}

/** @throws CancelledError when it was cut; OctavoError `review_failed` */
async function outputOf(delegate: Delegate, signal: AbortSignal): Promise<ReviewOutput> {
  const { status, lastMessage } = await delegate.result(signal)
  if (status.kind === 'errored') throw new OctavoError('review_failed', `the reviewer failed: ${status.message}`)
  if (status.kind !== 'completed') throw new CancelledError('reviewEnded', 'the reviewer was stopped')
  return readReview(lastMessage ?? '')
}

/** What the thread has of a review, however it ended. */
function exit(output: ReviewOutput | null, host: TurnTaskHost): void {
  const exited: TurnItem = { type: 'exitedReview', id: host.itemId(), review: output }
  host.startItem(exited)
  host.completeItem(exited)
  if (output === null) host.record([cutReviewNote()])
}

/** Shows what the reviewer does as items of the turn; its words are the review. */
function showWork(delegate: Delegate, host: TurnTaskHost): { end(): void } {
  const open = new Map<string, TurnItem>()
  const over = new AbortController()
  void (async () => {
    for await (const delivery of delegate.events({ signal: over.signal })) {
      if (over.signal.aborted) return
      const event = isResync(delivery) ? null : delivery.event
      if (event?.type === 'item.started' && isWork(event.item)) {
        open.set(event.item.id, event.item)
        host.startItem(event.item)
      } else if (event?.type === 'item.completed' && open.delete(event.item.id)) host.completeItem(event.item)
    }
  })().catch(() => {}) // readers end with their thread, and the review does not depend on this one
  return {
    end() {
      over.abort()
      for (const item of open.values()) host.completeItem('status' in item ? ({ ...item, status: 'failed' } as TurnItem) : item)
      open.clear()
    },
  }
}

function isWork({ type }: TurnItem): boolean {
  return type !== 'agentMessage' && type !== 'userMessage'
}
