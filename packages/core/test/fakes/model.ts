import { Deferred, raceSignal, throwIfCancelled } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelClient, ModelErrorCode, ModelInfo, ModelProvider, ModelRequest, RetryLimits } from '@octavo/extension-api'
import type { ModelEvent, ResponseItem, TokenUsage } from '@octavo/protocol'

/** Holds a script up until it is opened. */
export type Gate = Deferred<void>
export type ScriptStep = ModelEvent | Gate | Error
/** One response: its events in order, gates to wait at, and perhaps an error to end with. */
export type Script = readonly ScriptStep[]

export function gate(): Gate {
  return new Deferred()
}

export const INFO: ModelInfo = {
  slug: 'm',
  known: true,
  contextWindow: null,
  instructions: 'instructions',
  applyPatch: 'freeform',
  parallelToolCalls: true,
  efforts: [],
  defaultEffort: null,
  reasoningSummaries: true,
  verbosity: false,
  serviceTiers: [],
  modalities: ['text', 'image'],
  truncation: { mode: 'bytes', limit: 10_000 },
}

/** A model that says what its scripts say, one script for each request. */
export class FakeModel implements ModelProvider {
  readonly id = 'fake'
  readonly requests: ModelRequest[] = []
  scripts: Script[] = []
  limits: RetryLimits = { streamMaxRetries: 5, requestMaxRetries: 4, streamIdleTimeoutMs: 300_000 }
  info: ModelInfo = INFO
  /** Set: streams go on as if nobody had cut them. */
  deaf = false
  /** Set: connecting waits for it. */
  connecting: Gate | null = null
  /** What to say when the scripts have run out. */
  otherwise: () => Script = () => says('done')
  openClients = 0

  async listModels(): Promise<readonly ModelInfo[]> {
    return [this.info]
  }

  model(slug: string): ModelInfo {
    return { ...this.info, slug }
  }

  async connect(): Promise<ModelClient> {
    if (this.connecting !== null) await this.connecting.promise
    this.openClients += 1
    return {
      stream: (request, signal) => this.#stream(request, signal),
      [Symbol.asyncDispose]: async () => void (this.openClients -= 1),
    }
  }

  async *#stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    this.requests.push(request)
    for (const step of this.scripts.shift() ?? this.otherwise()) {
      if (step instanceof Deferred) await (this.deaf ? step.promise : raceSignal(step.promise, signal))
      else if (step instanceof Error) throw step
      else {
        if (!this.deaf) throwIfCancelled(signal)
        yield step
      }
    }
  }
}

export function tokens(totalTokens: number): TokenUsage {
  return {
    inputTokens: totalTokens,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
    totalTokens,
  }
}

export function completed(usage: TokenUsage | null = tokens(10), endTurn: boolean | null = null): ModelEvent {
  return { type: 'completed', responseId: 'resp', usage, endTurn }
}

export function added(index: number, item: ResponseItem): ModelEvent {
  return { type: 'item.added', index, item }
}

export function done(index: number, item: ResponseItem): ModelEvent {
  return { type: 'item.done', index, item }
}

export function text(itemIndex: number, delta: string): ModelEvent {
  return { type: 'text.delta', itemIndex, partIndex: 0, delta }
}

export function message(said: string): ResponseItem {
  return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said }] }
}

export function call(callId: string, name: string, args: string = '{}'): ResponseItem {
  return { type: 'function_call', call_id: callId, name, arguments: args }
}

/** A message, streamed in two pieces. */
export function saying(said: string, index: number = 0): readonly ModelEvent[] {
  const half = Math.ceil(said.length / 2)
  return [added(index, message('')), text(index, said.slice(0, half)), text(index, said.slice(half)), done(index, message(said))]
}

/** A whole response that says one thing. */
export function says(said: string): Script {
  return [...saying(said), completed()]
}

/** A whole response of calls, each as `[call id, tool]`. */
export function calls(...made: readonly (readonly [callId: string, name: string, args?: string])[]): Script {
  return [...made.map(([id, name, args], index) => done(index, call(id, name, args))), completed()]
}

export function breaks(code: ModelErrorCode = 'stream_closed', options: ConstructorParameters<typeof ModelError>[2] = {}): ModelError {
  return new ModelError(code, `broken: ${code}`, { layer: 'stream', ...options })
}
