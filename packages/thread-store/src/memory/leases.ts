import { CancelledError } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { HolderInfo } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'

/** The right to write a thread of one memory store, until it is released or taken over. */
export interface MemoryLease {
  readonly fence: bigint
  readonly lost: AbortSignal
  release(): void
}

/** One holder per thread; fences grow for as long as the store lives. */
export class MemoryLeases {
  readonly #held = new Map<ThreadId, { readonly holder: HolderInfo; readonly controller: AbortController }>()
  readonly #fences = new Map<ThreadId, bigint>()

  /** @throws StoreError `locked` */
  acquire(id: ThreadId, holder: HolderInfo): MemoryLease {
    const current = this.#held.get(id)
    if (current !== undefined) {
      const { pid, host, name } = current.holder
      const data = { id, holder: { pid, host, name } }
      throw new StoreError('locked', `thread ${id} is open for writing in ${name}; close it there first`, { data })
    }
    const fence = (this.#fences.get(id) ?? 0n) + 1n
    const controller = new AbortController()
    this.#fences.set(id, fence)
    this.#held.set(id, { holder, controller })
    return {
      fence,
      lost: controller.signal,
      release: () => {
        // Not the lease of whoever took the thread over.
        if (this.#held.get(id)?.controller === controller) this.#held.delete(id)
      },
    }
  }

  /** Takes the lease from its holder, who learns it by `lost`; false when there is none. */
  revoke(id: ThreadId): boolean {
    const current = this.#held.get(id)
    this.#held.delete(id)
    current?.controller.abort(new CancelledError('fenced'))
    return current !== undefined
  }
}
