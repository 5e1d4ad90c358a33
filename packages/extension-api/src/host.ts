import type { Admission, ResponseItem, ThreadId } from '@octavo/protocol'

/** What a contributor that acts later may do with its thread. Valid until the thread stops. */
export interface ThreadHost {
  readonly threadId: ThreadId
  inject(items: readonly ResponseItem[]): Promise<Admission>
  warn(message: string): void
}
