import { throwIfCancelled } from '@octavo/base'
import type { InterceptedCall } from '@octavo/extension-api'
import { turnSite } from '../../turn/turn-context.ts'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import type { ToolOutcome } from '../outcome.ts'
import { parseRaw } from './parse.ts'
import type { ParsedCall } from './parse.ts'

export interface AdmittedCall {
  readonly parsed: ParsedCall
  /** Why the user is to be asked whatever the policy says; null: as the policy says. */
  readonly ask: string | null
}

/** Before a call is planned: extensions may refuse it, rewrite it or have it asked for. What was rewritten is parsed again. */
export async function beforeUse(parsed: ParsedCall, environment: CallEnvironment): Promise<Stage<AdmittedCall>> {
  const { contributors } = environment.parts
  if (!contributors.has('preToolUse')) return next({ parsed, ask: null })
  const { turn, signal } = environment
  const verdict = await contributors.intercept.beforeTool(interceptedCall(parsed, environment), turnSite(turn, signal))
  throwIfCancelled(signal)
  if (verdict.kind === 'deny') return done({ kind: 'declined', content: verdict.message })
  if (verdict.raw === parsed.raw) return next({ parsed, ask: verdict.ask })
  const rewritten = parseRaw(parsed.handler, verdict.raw)
  return rewritten.step === 'done' ? rewritten : next({ parsed: rewritten.value, ask: verdict.ask })
}

/** Before an output is recorded: extensions may add to it or replace it. What was cut is left as it is. */
export async function afterUse(parsed: ParsedCall, outcome: ToolOutcome, environment: CallEnvironment): Promise<ToolOutcome> {
  const { contributors } = environment.parts
  const { turn, signal } = environment
  const { kind } = outcome
  if (kind === 'aborted' || signal.aborted || !contributors.has('postToolUse')) return outcome
  const output = { kind, content: outcome.content, external: outcome.external ?? false }
  const content = await contributors.intercept.afterTool(interceptedCall(parsed, environment), output, turnSite(turn, signal))
  return content === outcome.content ? outcome : { ...outcome, content }
}

function interceptedCall({ handler, raw }: ParsedCall, { call }: CallEnvironment): InterceptedCall {
  const { namespace, name } = handler.spec
  return { callId: call.callId, tool: { namespace, name }, raw }
}
