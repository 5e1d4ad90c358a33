import { raceSignal, throwIfCancelled } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { Awaitable, ModelClient, ModelEvent, ModelInfo, ModelProvider, ModelRequest, RetryLimits } from '@octavo/extension-api'
import type { TokenUsage } from '@octavo/protocol'
import type { ScriptedFailure, ScriptedResponse, ScriptedStep } from './responses.ts'
import { createNumbering, playResponse } from './events.ts'

/** Decides one response when its request is there. `index` counts requests from 0. */
export type StepFunction = (request: ModelRequest, index: number) => Awaitable<ScriptedStep>

export interface ScriptedModelOptions {
  /** Id of the provider; default `scripted`. */
  readonly id?: string
  /** Changes of the one catalogue row, whose slug is `scripted-model` unless given. */
  readonly model?: Partial<ModelInfo>
  readonly limits?: RetryLimits
  /** Longest text or arguments delta, in characters; default 16. */
  readonly deltaCharacters?: number
  /** Tokens of each response that does not bring its own. Default: 100 in, 20 of them cached, 7 out, 2 of them reasoning. */
  readonly usage?: TokenUsage | null
  /** True, the default: a request after the last step fails, saying so. False: the last step answers every further request. */
  readonly strict?: boolean
}

/** A provider without a network: what it answers is given, and what it was asked is kept. */
export interface ScriptedModelProvider extends ModelProvider {
  /** Slug of its one model. */
  readonly slug: string
  /** Every request in order, the failed and cut ones included. */
  readonly requests: readonly ModelRequest[]
  /** Steps not asked for yet; 0 for a function. */
  readonly remaining: number
}

const USAGE: TokenUsage = {
  inputTokens: 100,
  cachedInputTokens: 20,
  cacheWriteInputTokens: 0,
  outputTokens: 7,
  reasoningOutputTokens: 2,
  totalTokens: 107,
}

const ROW: ModelInfo = {
  slug: 'scripted-model',
  known: true,
  contextWindow: 128_000,
  instructions: 'instructions',
  applyPatch: 'freeform',
  parallelToolCalls: true,
  efforts: ['low', 'medium', 'high'],
  defaultEffort: 'medium',
  reasoningSummaries: true,
  verbosity: true,
  serviceTiers: [],
  modalities: ['text', 'image'],
  truncation: { mode: 'tokens', limit: 10_000 },
}

/**
 * A model that answers from a script, in this process and without input or output of its own. Each step answers one request; ids are
 * `resp_1`, `msg_1`, `call_1`… in the order they are sent, so two runs of the same script are the same to the byte.
 */
export function scriptedModel(
  steps: readonly (ScriptedStep | StepFunction)[] | StepFunction,
  options: ScriptedModelOptions = {},
): ScriptedModelProvider {
  const row: ModelInfo = { ...ROW, ...options.model }
  const requests: ModelRequest[] = []
  const numbering = createNumbering()
  const usage = options.usage === undefined ? USAGE : options.usage

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    throwIfCancelled(signal)
    // What was asked is a fact of that moment; later changes of the caller's arrays are not part of it.
    const asked: ModelRequest = { ...request, input: [...request.input], tools: [...request.tools] }
    const index = requests.push(asked) - 1
    const step = await raceSignal(Promise.resolve(stepAt(steps, index, asked, options.strict ?? true)), signal)
    for await (const event of play(step, asked, signal)) {
      throwIfCancelled(signal)
      yield event
    }
  }

  async function* play(step: ScriptedStep, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    const events = (response: ScriptedResponse): ModelEvent[] =>
      playResponse(response, { request, numbering, usage, deltaCharacters: options.deltaCharacters ?? 16 })
    switch (step.kind) {
      case 'raw':
        return yield* step.events
      case 'response':
        return yield* events(step)
      case 'failure':
        throw toModelError(step.failure, 'request')
      case 'cut': {
        const all = events(step.response)
        yield* all.slice(0, cutIndex(all, step.at))
        throw toModelError(step.failure, 'stream')
      }
      case 'hang': {
        const all = events(step.response)
        yield* step.response.parts.length === 0 ? [] : all.slice(0, -1)
        await raceSignal(new Promise(() => {}), signal)
      }
    }
  }

  return {
    id: options.id ?? 'scripted',
    slug: row.slug,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    requests,
    get remaining() {
      return typeof steps === 'function' ? 0 : Math.max(0, steps.length - requests.length)
    },
    listModels: async () => [row],
    model: (slug) => (slug === row.slug ? row : { ...row, slug, known: false }),
    connect: (): ModelClient => ({ stream, [Symbol.asyncDispose]: async () => {} }),
  }
}

function stepAt(
  steps: readonly (ScriptedStep | StepFunction)[] | StepFunction,
  index: number,
  request: ModelRequest,
  strict: boolean,
): Awaitable<ScriptedStep> {
  if (typeof steps === 'function') return steps(request, index)
  const step = steps[index] ?? (strict ? undefined : steps.at(-1))
  if (step === undefined) {
    const last = request.input.at(-1)?.type ?? 'nothing'
    throw new ModelError(
      'invalid_request',
      `request ${index + 1} came, but the script has ${steps.length} steps; its input ends with ${last}`,
    )
  }
  return typeof step === 'function' ? step(request, index) : step
}

/** How many events pass before the cut. */
function cutIndex(events: readonly ModelEvent[], at: 'items' | 'middle' | number): number {
  if (typeof at === 'number') return at
  if (at === 'items') return events.length - 1
  const last = events.findLastIndex((event) => event.type === 'item.added')
  const deltas = events.length - 2 - last - 1
  return last + 1 + Math.ceil(deltas / 2)
}

function toModelError({ code, message, status, retryAfterMs }: ScriptedFailure, layer: 'request' | 'stream'): ModelError {
  return new ModelError(code, message, { status, retryAfterMs, layer })
}
