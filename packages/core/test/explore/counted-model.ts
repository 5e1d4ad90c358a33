import type { ModelClient, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent, ThreadId } from '@octavo/protocol'
import { FakeModel } from '../fakes/model.ts'

/** Tokens of the responses that a thread got. */
interface Reported {
  /** It heard of them. */
  sure: number
  /** It was cut when it was about to hear. */
  unsure: number
}

/** A model that remembers what it said its responses used. */
export class CountedModel extends FakeModel {
  readonly reported: Map<ThreadId, Reported> = new Map()

  override async connect(): Promise<ModelClient> {
    const client = await super.connect()
    return {
      stream: (request, signal) => this.#counted(request, client.stream(request, signal)),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    }
  }

  async *#counted({ identity: { threadId } }: ModelRequest, events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
    const reported = this.reported.get(threadId) ?? { sure: 0, unsure: 0 }
    this.reported.set(threadId, reported)
    for await (const event of events) {
      const used = event.type === 'completed' ? (event.usage?.totalTokens ?? 0) : 0
      let kind: keyof Reported = 'unsure'
      try {
        yield event
        kind = 'sure'
      } finally {
        reported[kind] += used
      }
    }
  }
}
