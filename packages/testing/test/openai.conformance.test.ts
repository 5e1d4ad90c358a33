import type { JsonValue } from '@octavo/base'
import { DEFAULT_RETRY_LIMITS } from '@octavo/extension-api'
import { createOpenAiProvider } from '@octavo/openai'
import type { ResponseItem } from '@octavo/protocol'
import { modelConformance } from '@octavo/testing/conformance'
import type { ModelExchange, ModelUnderTest } from '@octavo/testing/conformance'
import { startScriptedServer } from '@octavo/testing/http'
import type { HttpAnswer, HttpPart } from '@octavo/testing/http'

type Wire = 'responses' | 'chat'

modelConformance({ name: 'OpenAI over Responses', model: 'scripted', open: (exchanges) => open('responses', exchanges) })
modelConformance({ name: 'OpenAI over Chat Completions', model: 'scripted', open: (exchanges) => open('chat', exchanges) })

async function open(wire: Wire, exchanges: readonly ModelExchange[]): Promise<ModelUnderTest> {
  const server = await startScriptedServer(await Promise.all(exchanges.map((exchange) => answerOf(wire, exchange))))
  const provider = createOpenAiProvider({
    id: 'scripted',
    name: 'the scripted server',
    baseUrl: server.url,
    wire,
    auth: { kind: 'none' },
    limits: DEFAULT_RETRY_LIMITS,
    environment: new Map(),
    originator: 'octavo_test',
    userAgent: 'octavo_test/0',
    isOpenAi: false,
  })
  return {
    provider,
    requestCount: () => server.requests.length,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

async function answerOf(wire: Wire, exchange: ModelExchange): Promise<HttpAnswer> {
  if (exchange.kind === 'refuse') {
    const body: JsonValue = { error: { message: `status ${exchange.status}`, type: 'test' } }
    return { kind: 'response', parts: [], fault: { kind: 'status', status: exchange.status, body } }
  }
  const whole: HttpAnswer = { kind: 'response', parts: exchange.items.map(partOf) }
  if (exchange.kind === 'answer') return { ...whole, usage: exchange.usage }
  const afterEvents = (await countEvents(wire, whole)) - TAIL[wire][exchange.kind]
  return { ...whole, fault: { kind: exchange.kind === 'cut' ? 'end' : 'stall', afterEvents } }
}

/**
 * How many events come after the items are whole. Responses ends with `response.completed`. Chat Completions ends with the reason, the
 * tokens and `[DONE]`; the reason is what makes its items whole and its response end.
 */
const TAIL: Readonly<Record<Wire, Readonly<Record<'cut' | 'stall', number>>>> = {
  responses: { cut: 1, stall: 1 },
  chat: { cut: 3, stall: 2 },
}

async function countEvents(wire: Wire, answer: HttpAnswer): Promise<number> {
  await using server = await startScriptedServer([answer])
  const path = wire === 'responses' ? 'responses' : 'chat/completions'
  const response = await fetch(`${server.url}/${path}`, { method: 'POST', body: JSON.stringify({ stream: true }) })
  return (await response.text()).split('\n\n').filter((event) => event !== '').length
}

function partOf(item: ResponseItem): HttpPart {
  if (item.type === 'function_call') {
    return { kind: 'call', name: item.name, namespace: null, arguments: item.arguments, freeform: false, callId: item.call_id }
  }
  const text = item.type === 'message' ? item.content.map((part) => ('text' in part ? part.text : '')).join('') : ''
  return { kind: 'message', text, phase: null }
}
