import type { JsonObject } from '@octavo/base'
import type { ModelEvent, ModelRequest } from '@octavo/extension-api'
import { raw } from '../scripted-model/responses.ts'
import type { ScriptedStep } from '../scripted-model/responses.ts'
import { ScriptMismatch } from '../scripted-model/script-mismatch.ts'
import { providerOf } from '../scripted-model/script-provider.ts'
import type { ScriptedModelProvider } from '../scripted-model/script-provider.ts'
import type { Cassette, Exchange } from './cassette.ts'
import { differencesOf } from './difference.ts'
import { normalForm } from './normal-form.ts'
import type { NormalFormOptions } from './normal-form.ts'
import { Redactor } from './redact.ts'
import type { RedactOptions } from './redact.ts'

export interface PlayOptions extends NormalFormOptions {
  /** The secrets of this run, by the names they had when the cassette was recorded. */
  readonly redact?: RedactOptions
  /** `recorded`, the default: requests come as they were recorded. `any`: each takes the first exchange left that fits, as with many threads. */
  readonly order?: 'recorded' | 'any'
}

/**
 * A model that answers as it was recorded. A request has to be the recorded one in its normal form; one that is not fails and says
 * where it differs. What was left unfinished falls silent at the same place.
 */
export function cassetteModel(cassette: Cassette, options: PlayOptions = {}): ScriptedModelProvider {
  const redactor = new Redactor(options.redact)
  const { exchanges } = cassette
  const left = new Set(exchanges.keys())

  function stepFor(request: ModelRequest, index: number): ScriptedStep {
    const asked = redactor.value(normalForm(request, options)) as JsonObject
    const candidates = options.order === 'any' ? [...left] : [index].filter((at) => left.has(at))
    const fitting = candidates.find((at) => differencesOf(exchangeAt(exchanges, at).request, asked).length === 0)
    if (fitting === undefined)
      throw mismatch(
        request,
        index,
        asked,
        candidates.map((at) => [at, exchangeAt(exchanges, at)]),
        exchanges.length,
      )
    left.delete(fitting)
    return stepOf(exchangeAt(exchanges, fitting))
  }

  return providerOf(
    {
      stepFor,
      remaining: () => left.size,
      unused: () => [...left].map((at) => `exchange ${at + 1} of ${exchanges.length} was not asked for`),
    },
    { id: cassette.provider, ...(cassette.limits === null ? {} : { limits: cassette.limits }) },
    cassette.models.length === 0 ? undefined : cassette.models,
  )
}

function exchangeAt(exchanges: readonly Exchange[], at: number): Exchange {
  // Places come from the exchanges themselves.
  return exchanges[at] as Exchange
}

function stepOf({ events: recorded, end }: Exchange): ScriptedStep {
  const events = recorded.map((event): ModelEvent =>
    event.type === 'headers' ? { type: 'headers', values: new Map(Object.entries(event.values)) } : event,
  )
  switch (end.kind) {
    case 'whole':
      return raw(events)
    case 'left':
      return raw(events, 'silence')
    case 'failed': {
      const { layer, code, message, status, retryAfterMs } = end
      return raw(events, { failure: { code, message, status, retryAfterMs }, layer })
    }
  }
}

/** Told against the exchange that is nearest: the one with the fewest differences. */
function mismatch(
  request: ModelRequest,
  index: number,
  asked: JsonObject,
  candidates: readonly (readonly [number, Exchange])[],
  count: number,
): ScriptMismatch {
  const compared = candidates.map(([at, exchange]) => ({ at, differences: differencesOf(exchange.request, asked) }))
  const nearest = compared.toSorted((one, other) => one.differences.length - other.differences.length)[0]
  if (nearest === undefined)
    return new ScriptMismatch(`request ${index + 1} came, but all ${count} exchanges of the cassette are used:`, request)
  const list = nearest.differences.map((difference) => `- ${difference}`).join('\n')
  return new ScriptMismatch(`request ${index + 1} is not exchange ${nearest.at + 1} of the cassette:\n${list}\nIt is:`, request)
}
