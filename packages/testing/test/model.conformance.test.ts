import { recordCassette } from '@octavo/testing'
import { cutsAfter, fails, hangs, responds, scriptedModel, withUsage } from '@octavo/testing/scripted-model'
import type { ScriptedResponse, ScriptedStep } from '@octavo/testing/scripted-model'
import { modelConformance } from '@octavo/testing/conformance'
import type { ModelExchange } from '@octavo/testing/conformance'
import type { ModelErrorCode } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'

const CODES: Readonly<Record<number, ModelErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  429: 'rate_limited',
  500: 'server_error',
}

modelConformance({
  name: 'the scripted model',
  open: (exchanges) => {
    const provider = scriptedModel(exchanges.map(stepOf))
    return { provider, requestCount: () => provider.requests.length, [Symbol.asyncDispose]: async () => {} }
  },
})

modelConformance({
  name: 'a provider that is recorded',
  open: (exchanges) => {
    const model = scriptedModel(exchanges.map(stepOf))
    const { provider } = recordCassette(model)
    return { provider, requestCount: () => model.requests.length, [Symbol.asyncDispose]: async () => {} }
  },
})

function stepOf(exchange: ModelExchange): ScriptedStep {
  switch (exchange.kind) {
    case 'answer':
      return withUsage(responseOf(exchange.items), exchange.usage)
    case 'cut':
      return cutsAfter(responseOf(exchange.items))
    case 'stall':
      return hangs(responseOf(exchange.items))
    case 'refuse':
      return fails(CODES[exchange.status] ?? 'unexpected_status', { status: exchange.status })
  }
}

function responseOf(items: readonly ResponseItem[]): ScriptedResponse {
  return responds(...items.map(partOf))
}

function partOf(item: ResponseItem): ScriptedResponse {
  const part =
    item.type === 'function_call'
      ? ({ kind: 'call', name: item.name, namespace: null, arguments: item.arguments, freeform: false, callId: item.call_id } as const)
      : ({
          kind: 'message',
          text: item.type === 'message' ? item.content.map((piece) => ('text' in piece ? piece.text : '')).join('') : '',
          phase: null,
        } as const)
  return { kind: 'response', parts: [part], endTurn: null }
}
