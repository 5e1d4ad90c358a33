import { Deferred, OctavoError } from '@octavo/base'
import type { RunOptions, Thread, TurnHandle, TurnResult } from '@octavo/core'
import type { ThreadStore } from '@octavo/extension-api'
import { isResync } from '@octavo/protocol'
import type { EventEnvelope, ResponseItem, ThreadId, UserInput } from '@octavo/protocol'
import type { RolloutLine } from '@octavo/protocol/rollout'
import { outputsByCall } from '../scenario/outline.ts'
import type { ScriptedModelProvider } from '../scripted-model/index.ts'
import type { Transcript } from '../transcript/index.ts'

/** A thread that keeps what it told from its first event on. Disposing it closes the thread. */
export class TestThread implements AsyncDisposable {
  readonly thread: Thread
  readonly #store: ThreadStore
  readonly #model: ScriptedModelProvider
  readonly #envelopes: EventEnvelope[] = []
  readonly #reading: Promise<void>
  #arrival: Deferred<void> | null = null
  #ended = false

  constructor(thread: Thread, world: { readonly store: ThreadStore; readonly model: ScriptedModelProvider }) {
    this.thread = thread
    this.#store = world.store
    this.#model = world.model
    this.#reading = this.#read()
  }

  get id(): ThreadId {
    return this.thread.id
  }

  /** Runs one turn to its end. */
  async run(input: string | readonly UserInput[], options?: RunOptions): Promise<TurnResult> {
    const turn = await this.start(input, options)
    return await turn.done
  }

  /** Starts a turn, or queues it behind the one that runs. */
  start(input: string | readonly UserInput[], options?: RunOptions): Promise<TurnHandle> {
    return this.thread.run(input, options)
  }

  /** Everything told so far, from the first event of this loading. Readers have a queue each; this waits for its own. */
  async events(): Promise<readonly EventEnvelope[]> {
    const { seq } = this.thread.snapshot().cursor
    while (!this.#ended && (this.#envelopes.at(-1)?.seq ?? 0) < seq) {
      this.#arrival = new Deferred()
      await Promise.race([this.#arrival.promise, this.#reading])
    }
    return this.#envelopes
  }

  /** The lines that are in the store by now; none before the first turn has made a place for them. */
  async rollout(): Promise<readonly RolloutLine[]> {
    const lines: RolloutLine[] = []
    try {
      for await (const { line } of this.#store.read(this.id)) lines.push(line)
    } catch (error) {
      if (!OctavoError.is(error) || error.code !== 'not_found') throw error
    }
    return lines
  }

  /** Model-visible history as the store has it, oldest first. */
  async history(): Promise<readonly ResponseItem[]> {
    let history: ResponseItem[] = []
    for (const { item } of await this.rollout()) {
      if (item.type === 'response_item') history.push(item.payload)
      else if (item.type === 'compacted') history = [...(item.payload.replacement_history ?? [])]
    }
    return history
  }

  /** The text the model reads for each call, by call id. */
  async outputs(): Promise<Readonly<Record<string, string>>> {
    return outputsByCall(await this.history())
  }

  async transcript(): Promise<Transcript> {
    return { events: await this.events(), requests: this.#model.requests, rollout: await this.rollout() }
  }

  /** Closes the thread and waits for its last event. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.thread[Symbol.asyncDispose]()
    await this.#reading
  }

  async #read(): Promise<void> {
    const { epoch } = this.thread.snapshot().cursor
    for await (const delivery of this.thread.events({ after: { epoch, seq: 0 } })) {
      if (isResync(delivery)) throw new Error('the first events of the thread were not kept; give the test engine a larger ringBytes')
      this.#envelopes.push(delivery)
      this.#arrival?.resolve()
    }
    this.#ended = true
  }
}
