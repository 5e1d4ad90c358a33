import { OctavoError, raceSignal, throwIfCancelled } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { Awaitable, ModelClient, ModelEvent, ModelInfo, ModelProvider, ModelRequest, RetryLimits } from '@octavo/extension-api'
import type { TokenUsage } from '@octavo/protocol'
import { createNumbering } from './events.ts'
import { playStep } from './play-step.ts'
import type { ScriptedStep } from './responses.ts'
import { ScriptMismatch } from './script-mismatch.ts'

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
  /** What paced responses wait by. A test engine gives its own to the model it makes. */
  readonly clock?: Clock
}

/** A provider without a network: what it answers is given, and what it was asked is kept. */
export interface ScriptedModelProvider extends ModelProvider {
  /** Slug of its one model. */
  readonly slug: string
  /** Every request in order, the failed and cut ones included. */
  readonly requests: readonly ModelRequest[]
  /** Answers still due; 0 where the script does not know. */
  readonly remaining: number
  /** Where script and requests did not agree so far, in words: requests that had no answer, answers that nobody asked for. */
  problems(): readonly string[]
  /** For the end of a test. @throws OctavoError `script_mismatch` when there are {@link problems} */
  assertConsumed(): void
}

/** What answers the requests of a provider. */
export interface Script {
  /** @throws ScriptMismatch when it has no answer */
  stepFor(request: ModelRequest, index: number): Awaitable<ScriptedStep>
  remaining(asked: number): number
  /** Answers that are still due after so many requests, in words. */
  unused(asked: number): readonly string[]
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

/** The provider that plays a script, with one row or those of a catalogue. Ids of what it sends are `resp_1`, `msg_1`, `call_1`… in the order they are sent. */
export function providerOf(script: Script, options: ScriptedModelOptions, catalogue?: readonly ModelInfo[]): ScriptedModelProvider {
  const rows = catalogue ?? [{ ...ROW, ...options.model }]
  const [row = ROW] = rows
  const requests: ModelRequest[] = []
  const unanswered: string[] = []
  const numbering = createNumbering()
  const usage = options.usage === undefined ? USAGE : options.usage

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    throwIfCancelled(signal)
    // What was asked is a fact of that moment; later changes of the caller's arrays are not part of it.
    const asked: ModelRequest = { ...request, input: [...request.input], tools: [...request.tools] }
    const step = await raceSignal(stepFor(asked, requests.push(asked) - 1), signal)
    const playing = {
      request: asked,
      numbering,
      usage,
      deltaCharacters: options.deltaCharacters ?? 16,
      clock: options.clock ?? null,
      signal,
    }
    for await (const event of playStep(step, playing)) {
      throwIfCancelled(signal)
      yield event
    }
  }

  async function stepFor(request: ModelRequest, index: number): Promise<ScriptedStep> {
    try {
      return await script.stepFor(request, index)
    } catch (error) {
      if (error instanceof ScriptMismatch) unanswered.push(error.message)
      throw error
    }
  }

  const problems = (): string[] => [...unanswered, ...script.unused(requests.length)]
  return {
    id: options.id ?? 'scripted',
    slug: row.slug,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    requests,
    get remaining() {
      return script.remaining(requests.length)
    },
    problems,
    assertConsumed() {
      const found = problems()
      if (found.length > 0) throw scriptMismatch(found)
    },
    listModels: async (signal) => {
      throwIfCancelled(signal)
      return rows
    },
    model: (slug) => rows.find((each) => each.slug === slug) ?? { ...row, slug, known: false },
    connect: (): ModelClient => ({ stream, [Symbol.asyncDispose]: async () => {} }),
  }
}

function scriptMismatch(problems: readonly string[]): OctavoError {
  const list = problems.map((problem) => `- ${problem}`)
  return new OctavoError('script_mismatch', ['the model was not asked as its script says:', ...list].join('\n'), { data: { problems } })
}
