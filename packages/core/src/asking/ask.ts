import type { AskResult } from '@octavo/extension-api'
import type { CallId, RequestKind, RequestOrigin, RequestPayload, ThreadId, TurnId } from '@octavo/protocol'
import type { ContributorSite } from '../contributors/host.ts'
import type { PendingRequests } from '../state/pending-requests.ts'
import type { Answered, Answerers, Asked } from './answerers.ts'

export interface Asker {
  readonly threadId: ThreadId
  readonly turnId: TurnId | null
  readonly callId: CallId | null
  readonly deadlineMs: number | null
  /** What an approval for the session would cover it by. */
  readonly keys: readonly string[]
  readonly site: ContributorSite
  /** Set for a question of a delegate. */
  readonly origin?: RequestOrigin
  /** The request is cancelled with it. */
  readonly signal: AbortSignal
}

export interface AskedAndAnswered<K extends RequestKind> {
  readonly result: AskResult<K>
  /** False: it was known before anybody was asked, and clients have not heard of it. */
  readonly wasTold: boolean
}

/** Sends one request through those who may answer it, and waits until it is settled. */
export async function askSomebody<K extends RequestKind>(
  payload: RequestPayload<K>,
  asker: Asker,
  { requests, answerers }: { readonly requests: PendingRequests; readonly answerers: Answerers },
): Promise<AskedAndAnswered<K>> {
  const { threadId, keys, site, signal } = asker
  const request = requests.prepare(payload, asker)
  const asked: Asked = { request, threadId, keys, site }
  const knowing = answerers.known(asked, signal)
  const known = knowing instanceof Promise ? await unlessCut(knowing, signal) : knowing
  if (signal.aborted) return { result: { outcome: 'cancelled' }, wasTold: false }
  // Answerers give what the kind of the request asks for.
  if (known !== null) return { result: withoutCut(request.payload.kind, known.result) as AskResult<K>, wasTold: false }

  const open = requests.open<K>(request, signal)
  const settle = (answered: Answered | 'waits'): void => {
    if (answered !== 'waits') open.settle(withoutCut(request.payload.kind, answered.result) as AskResult<K>, answered.by)
  }
  const answering = open.settled.aborted ? 'waits' : answerers.ask(asked, open.settled)
  if (answering instanceof Promise) answering.then(settle, () => settle({ result: { outcome: 'declined' }, by: null }))
  else settle(answering)
  return { result: await open.result, wasTold: true }
}

/** Being cut is an outcome of a request, and nothing that its asker has to catch. */
async function unlessCut(knowing: Promise<Answered | null>, signal: AbortSignal): Promise<Answered | null> {
  try {
    return await knowing
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

/** A question that those who were to answer it let go is answered by nobody's words; its asker goes on. */
function withoutCut(kind: RequestKind, result: AskResult<RequestKind>): AskResult<RequestKind> {
  const isLetGo = kind === 'userInput' && result.outcome === 'cancelled'
  return isLetGo ? ({ outcome: 'answered', value: { answers: {} } } as AskResult<RequestKind>) : result
}
