import { CancelledError, describeError } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelClient, ModelEvent, ModelInfo, ModelProvider, ModelRequest } from '@octavo/extension-api'
import type { Cassette, Exchange, ExchangeEnd, RecordedEvent } from './cassette.ts'
import { normalForm } from './normal-form.ts'
import type { NormalFormOptions } from './normal-form.ts'
import { Redactor } from './redact.ts'
import type { RedactOptions } from './redact.ts'

export interface RecordOptions extends NormalFormOptions {
  readonly redact?: RedactOptions
}

export interface CassetteRecorder {
  /** The same provider, listened to. */
  readonly provider: ModelProvider
  /** What was recorded so far. A stream that still runs counts as left. */
  cassette(): Cassette
}

/**
 * Listens to every stream of a provider. Secrets are taken out when a stream ends, before anything of it is kept; nothing is written
 * anywhere. What is not a `ModelError` is recorded as `stream_failed`.
 */
export function recordCassette(provider: ModelProvider, options: RecordOptions = {}): CassetteRecorder {
  const redactor = new Redactor(options.redact)
  const exchanges: (() => Exchange)[] = []
  const threads: string[] = []
  const models = new Map<string, ModelInfo>()

  function threadNumber(request: ModelRequest): number {
    const known = threads.indexOf(request.identity.threadId)
    return known === -1 ? threads.push(request.identity.threadId) - 1 : known
  }

  async function* listen(client: ModelClient, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    const head = { thread: threadNumber(request), request: redactor.value(normalForm(request, options)) as JsonObject }
    const heard: ModelEvent[] = []
    const place = exchanges.push(() => exchangeOf({ kind: 'left' })) - 1
    const exchangeOf = (end: ExchangeEnd): Exchange => ({ ...head, events: redactedEvents(heard, redactor), end })
    models.set(request.model, provider.model(request.model))
    let end: ExchangeEnd = { kind: 'left' }
    try {
      for await (const event of client.stream(request, signal)) {
        heard.push(event)
        yield event
      }
      end = { kind: 'whole' }
    } catch (error) {
      if (!CancelledError.is(error)) end = failureOf(error, redactor)
      throw error
    } finally {
      const exchange = exchangeOf(end)
      heard.length = 0
      exchanges[place] = () => exchange
    }
  }

  return {
    provider: {
      id: provider.id,
      ...(provider.limits === undefined ? {} : { limits: provider.limits }),
      listModels: (signal) => provider.listModels(signal),
      model: (slug) => provider.model(slug),
      async connect(connection) {
        const client = await provider.connect(connection)
        return {
          stream: (request, signal) => listen(client, request, signal),
          [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
        }
      },
    },
    cassette: () => ({
      provider: provider.id,
      models: [...models.values()],
      limits: provider.limits ?? null,
      exchanges: exchanges.map((exchange) => exchange()),
    }),
  }
}

function failureOf(error: unknown, redactor: Redactor): ExchangeEnd {
  if (!(error instanceof ModelError)) {
    return {
      kind: 'failed',
      code: 'stream_failed',
      message: redactor.text(describeError(error)),
      status: null,
      retryAfterMs: null,
      layer: 'stream',
    }
  }
  const { code, message, status, retryAfterMs, layer } = error
  return { kind: 'failed', code, message: redactor.text(message), status, retryAfterMs, layer }
}

type Delta = Extract<ModelEvent, { readonly delta: string }>

/** Pieces are looked at together, since a secret may be cut by them; where one was found the first piece takes all of the text. */
function redactedEvents(events: readonly ModelEvent[], redactor: Redactor): RecordedEvent[] {
  const whole = new Map<string, string>()
  for (const event of events) if (isDelta(event)) whole.set(textKey(event), (whole.get(textKey(event)) ?? '') + event.delta)
  const given = new Set<string>()
  return events.flatMap((event): RecordedEvent[] => {
    if (!isDelta(event)) return [redactedEvent(event, redactor)]
    const key = textKey(event)
    const text = whole.get(key) ?? ''
    const redacted = redactor.text(text)
    if (redacted === text) return [event]
    if (given.has(key)) return []
    given.add(key)
    return [{ ...event, delta: redacted }]
  })
}

function isDelta(event: ModelEvent): event is Delta {
  return 'delta' in event
}

function textKey({ type, itemIndex, partIndex }: Delta): string {
  return `${type} ${itemIndex} ${partIndex}`
}

function redactedEvent(event: ModelEvent, redactor: Redactor): RecordedEvent {
  if (event.type === 'headers') {
    const values = [...event.values].map(([name, value]) => [name, String(redactor.field(name, value))])
    return { type: 'headers', values: Object.fromEntries(values) as Readonly<Record<string, string>> }
  }
  // Events are data, and redacting keeps their shape: only texts change.
  return redactor.value(event as unknown as JsonValue) as unknown as RecordedEvent
}
