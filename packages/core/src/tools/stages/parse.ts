import type { RawToolCall, ToolHandler, ToolRouter } from '@octavo/extension-api'
import { done, next } from '../call-environment.ts'
import type { Stage } from '../call-environment.ts'
import { failed } from '../outcome.ts'

export interface ParsedCall {
  readonly handler: ToolHandler
  readonly input: unknown
}

/** Raw arguments to typed input: the one place where unknown becomes typed, by the handler's own parser. */
export function parseCall(router: ToolRouter, call: RawToolCall): Stage<ParsedCall> {
  const resolved = router.resolve(call)
  if (resolved.kind === 'unknown') return done(failed(resolved.message))
  const parsed = resolved.handler.spec.input.parse(resolved.call.raw)
  return parsed.ok ? next({ handler: resolved.handler, input: parsed.value }) : done(failed(parsed.message))
}
