import type { JsonValue, TruncationPolicy } from '@octavo/base'
import type { ModelEvent, ReasoningSummary, ResponseItem, SessionId, ThreadId, ToolSpecWire, TurnId, Verbosity } from '@octavo/protocol'
import type { Awaitable } from './tool.ts'

export type { ModelEvent } from '@octavo/protocol'

/** What a model costs, in US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number
  /** Input read from the provider's cache. */
  readonly cachedInput: number
  /** Reasoning included. */
  readonly output: number
}

/** What is known of a model: one row of the catalogue. */
export interface ModelInfo {
  readonly slug: string
  /** False for a row assumed because the catalogue has none. */
  readonly known: boolean
  /** Tokens; null when nothing is known and nothing may be assumed. */
  readonly contextWindow: number | null
  /** Where base instructions go. */
  readonly instructions: 'instructions' | 'developer'
  readonly applyPatch: 'freeform' | 'function'
  readonly parallelToolCalls: boolean
  readonly efforts: readonly string[]
  readonly defaultEffort: string | null
  readonly reasoningSummaries: boolean
  readonly verbosity: boolean
  readonly serviceTiers: readonly string[]
  readonly modalities: readonly ('text' | 'image')[]
  /** US dollars; null or absent: not known. */
  readonly price?: ModelPrice | null
  /** What a recorded tool output may hold. */
  readonly truncation: TruncationPolicy
}

/** How often and how long a provider is tried again. */
export interface RetryLimits {
  /** Attempts after the first, per step, shared by both layers and refilled by each completed response. */
  readonly streamMaxRetries: number
  /** Bounds the part of them spent before the stream opened. */
  readonly requestMaxRetries: number
  /** Milliseconds without any byte after which a stream counts as broken. */
  readonly streamIdleTimeoutMs: number
}

export const DEFAULT_RETRY_LIMITS: RetryLimits = { streamMaxRetries: 5, requestMaxRetries: 4, streamIdleTimeoutMs: 300_000 }

/** One sampling request, in Responses terms whatever the provider speaks. */
export interface ModelRequest {
  readonly model: string
  /** Null when base instructions are the first developer message of `input`. */
  readonly instructions: string | null
  readonly input: readonly ResponseItem[]
  readonly tools: readonly ToolSpecWire[]
  readonly parallelToolCalls: boolean
  readonly effort: string | null
  readonly summary: ReasoningSummary | null
  readonly verbosity: Verbosity | null
  readonly serviceTier: string | null
  readonly outputSchema: JsonValue | null
  readonly promptCacheKey: string
  readonly identity: {
    readonly threadId: ThreadId
    readonly sessionId: SessionId
    readonly turnId: TurnId
    /** `<thread id>:<window number>`. */
    readonly window: string
  }
  readonly clientMetadata: Readonly<Record<string, string>>
}

/** Lives for one turn, so that sticky routing and a warm socket have an owner. */
export interface ModelClient extends AsyncDisposable {
  /** Ends after exactly one `completed` event, or throws {@link ModelError}. Never retries, never sleeps. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>
}

export interface ModelProvider {
  readonly id: string
  /** Absent: {@link DEFAULT_RETRY_LIMITS}. */
  readonly limits?: RetryLimits
  listModels(signal: AbortSignal): Promise<readonly ModelInfo[]>
  /** The row for this slug; an assumed one with `known: false` when there is none. Synchronous: the catalogue is bundled or loaded. */
  model(slug: string): ModelInfo
  connect(options: { readonly threadId: ThreadId; readonly turnId: TurnId }): Awaitable<ModelClient>
}
