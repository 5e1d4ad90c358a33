import type { ModelRequest } from '@octavo/extension-api'
import type { ResponseItem, TokenUsage } from '@octavo/protocol'
import type { Chance } from '../chance.ts'
import { added, breaks, call, completed, done, gate, message, says, saying, text, tokens } from '../fakes/model.ts'
import type { Gate, Script, ScriptStep } from '../fakes/model.ts'
import { isForSummary } from '../invariants.ts'

/** Requests after which the model only says something, so that a case comes to an end. */
const TALKATIVE = 30

export interface ScriptParts {
  readonly chance: Chance
  readonly name: (kind: string) => string
  readonly tools: readonly string[]
  /** Null: no window is known. */
  readonly window: number | null
  readonly hold: (held: Gate) => void
}

/** Any response, the `count`th of a case. */
export function anyScript(request: ModelRequest | undefined, count: number, parts: ScriptParts): Script {
  if (count > TALKATIVE) return says('enough')
  const { chance, name } = parts
  const steps: ScriptStep[] = []
  if (isForSummary(request) && chance.is(0.6)) steps.push(...saying(name('summary')))
  else {
    const pieces = chance.below(5)
    for (let index = 0; index < pieces; index += 1) steps.push(...anyPiece(index, parts))
  }
  return [...steps, ...anyEnd(parts)]
}

function anyPiece(index: number, { chance, name, tools, hold }: ScriptParts): readonly ScriptStep[] {
  const steps: ScriptStep[] = []
  if (chance.is(0.3)) {
    const held = gate()
    hold(held)
    steps.push(held)
  }
  const made = chance.next()
  if (made < 0.3) return [...steps, ...saying(`said ${name('m')}`, index)]
  if (made < 0.38) return [...steps, added(index, message('')), text(index, 'unfin'), text(index, 'ished')]
  if (made < 0.43) return [...steps, done(index, { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] })]
  const id = chance.is(0.1) ? 'again' : name('c')
  const tool = chance.of(tools) ?? 'unknown'
  return [...steps, done(index, chance.is(0.08) ? freeform(id, tool) : call(id, tool, chance.is(0.05) ? '{' : '{}'))]
}

function freeform(callId: string, name: string): ResponseItem {
  return { type: 'custom_tool_call', call_id: callId, name, input: '{}' }
}

function anyEnd({ chance, window }: ScriptParts): readonly ScriptStep[] {
  const end = chance.next()
  if (end < 0.1) return [breaks('stream_closed')]
  if (end < 0.13) return [breaks('unauthorized')]
  if (end < 0.15) return [new Error('a bug of the provider')]
  if (end < 0.17) return [breaks('context_window_exceeded')]
  if (end < 0.18) return []
  const said = completed(chance.is(0.03) ? null : anyUsage(chance, window), chance.is(0.05) ? false : null)
  return end > 0.96 ? [said, breaks('stream_failed')] : [said]
}

/** Now and then so much that history must be shortened, or more than the model takes. */
function anyUsage(chance: Chance, window: number | null): TokenUsage {
  return tokens(window !== null && chance.is(0.3) ? window - chance.below(300) : 5 + chance.below(10))
}
