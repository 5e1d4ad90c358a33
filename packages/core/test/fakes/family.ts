import { isResync } from '@octavo/protocol'
import type { Delegate, DelegateRequest, Extension, ThreadHost } from '@octavo/extension-api'
import type { EventEnvelope, ThreadId } from '@octavo/protocol'

/** Remembers the host of each thread, as an extension that spawns would. */
export class Hosts {
  readonly #hosts = new Map<ThreadId, ThreadHost>()
  readonly extension: Extension = {
    id: 'hosts',
    contributes: { threadLifecycle: { started: (host) => void this.#hosts.set(host.threadId, host) } },
  }

  of(id: ThreadId): ThreadHost {
    const host = this.#hosts.get(id)
    if (host === undefined) throw new Error(`no thread ${id} was started`)
    return host
  }
}

export const NEVER: AbortSignal = new AbortController().signal

export function asked(request: Partial<DelegateRequest> = {}): DelegateRequest {
  return {
    input: [{ type: 'text', text: 'do a part' }],
    context: 'none',
    budget: null,
    deadlineMs: 5_000,
    wake: false,
    oneShot: false,
    ...request,
  }
}

/** What the parent hears of a delegate, until it ends. */
export function heard(delegate: Delegate): EventEnvelope[] {
  const events: EventEnvelope[] = []
  void (async () => {
    for await (const delivery of delegate.events()) if (!isResync(delivery)) events.push(delivery)
  })()
  return events
}
