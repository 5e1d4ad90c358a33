import { OctavoError } from '@octavo/base'
import type { ThreadHost } from '@octavo/extension-api'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { Thread } from './thread.ts'

/** What the extensions of a thread reach it through, one for each extension. */
export function threadHostOf(thread: Thread, parts: ThreadParts, extensionId: string): ThreadHost {
  const { recorder, identity } = parts
  return {
    threadId: thread.id,
    parentThreadId: identity.origin.parentThreadId,
    depth: 0,
    snapshot: () => thread.snapshot(),
    spent: () => thread.spent(),
    spawn: () => notYet('spawn'),
    delegates: () => [],
    delegate: () => null,
    inject: (items, when) => thread.submit({ type: 'injectItems', items, ...(when === undefined ? {} : { when }) }).admitted,
    submit: (op) => thread.submit(op).admitted,
    metadata: (patch) => void recorder.emit({ type: 'thread.metadata', patch }, { turnId: null }),
    saved: () => notYet('saved'),
    save: () => notYet('save'),
    mcpServers: () => notYet('mcpServers'),
    warn: (message) => recorder.warn('extension', message, extensionId),
  }
}

function notYet(what: string): never {
  throw new OctavoError('unsupported', `${what} is not there yet`)
}
