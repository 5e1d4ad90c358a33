import type { RawToolCall, ToolHandler, ToolRouter } from '@octavo/extension-api'
import { done, next } from '../call-environment.ts'
import type { Stage } from '../call-environment.ts'
import { failed } from '../outcome.ts'

export interface ParsedCall {
  readonly handler: ToolHandler
  /** The model's text, in the handler's own form. */
  readonly raw: string
  readonly input: unknown
}

/** Raw arguments to typed input: the one place where unknown becomes typed, by the handler's own parser. */
export function parseCall(router: ToolRouter, call: RawToolCall): Stage<ParsedCall> {
  const resolved = router.resolve(call)
  if (resolved.kind === 'unknown') return done(failed(resolved.message))
  return parseRaw(resolved.handler, resolved.call.raw)
}

export function parseRaw(handler: ToolHandler, raw: string): Stage<ParsedCall> {
  const parsed = handler.spec.input.parse(raw)
  return parsed.ok ? next({ handler, raw, input: parsed.value }) : done(failed(parsed.message))
}
