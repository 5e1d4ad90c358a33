import { UsageError } from '@octavo/base'
import type { ThreadHost } from '@octavo/extension-api'
import { threadSite } from '../session/thread-parts.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { Thread } from './thread.ts'

/** A thread that knows whether its extensions have heard that it ends. */
type HostedThread = Thread & { readonly stopped: boolean }

/** What the extensions of a thread reach it through, one for each extension. */
export function threadHostOf(thread: HostedThread, parts: ThreadParts, extensionId: string): ThreadHost {
  const { recorder, identity, saves, contributors, delegates, scope } = parts
  return untilStopped(thread, extensionId, {
    threadId: thread.id,
    parentThreadId: identity.origin.parentThreadId,
    depth: identity.depth,
    snapshot: () => thread.snapshot(),
    spent: () => thread.spent(),
    spawn: (request, signal) => delegates.spawn(request, signal),
    delegates: () => delegates.list(),
    delegate: (id) => delegates.get(id),
    inject: (items, when) => thread.submit({ type: 'injectItems', items, ...(when === undefined ? {} : { when }) }).admitted,
    submit: (op) => thread.submit(op).admitted,
    metadata: (patch) => void recorder.emit({ type: 'thread.metadata', patch }, { turnId: null }),
    saved: (key) => saves.get(extensionId, key),
    save: (key, value) => saves.set(extensionId, key, value),
    mcpServers: () => contributors.mcpServers(threadSite(parts, scope.signal)),
    warn: (message) => recorder.warn('extension', message, extensionId),
  })
}

/** Methods that answer later, and so refuse later too. */
const LATER: ReadonlySet<string> = new Set<keyof ThreadHost>(['spawn', 'inject', 'submit', 'mcpServers'])

/** The same host, whose methods fail once extensions have heard that the thread stopped. */
function untilStopped(thread: HostedThread, extensionId: string, host: ThreadHost): ThreadHost {
  const guarded = Object.entries(host).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member]
    const guard = (...given: readonly unknown[]): unknown => {
      if (!thread.stopped) return Reflect.apply(member, host, given)
      const message = `extension ${extensionId} called ${name} of a thread that has stopped; forget its host in \`threadLifecycle.stopped\``
      const error = new UsageError('host_closed', message, { data: { extension: extensionId, threadId: thread.id } })
      if (LATER.has(name)) return Promise.reject(error)
      throw error
    }
    return [name, guard]
  })
  // Member by member what it was.
  return Object.fromEntries(guarded) as ThreadHost
}
