import type { AbsolutePath } from '@octavo/base'
import { throwIfCancelled } from '@octavo/base'
import type { ToolPlan } from '@octavo/extension-api'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import { outcomeOf } from '../outcome.ts'
import { speak } from './execute.ts'
import type { ParsedCall } from './parse.ts'

export type RunPlan = Extract<ToolPlan, { readonly kind: 'run' }>
export type RedirectPlan = Extract<ToolPlan, { readonly kind: 'redirect' }>

/** Asks the handler what the call would touch. */
export async function planCall(
  parsed: ParsedCall,
  cwd: AbsolutePath,
  environment: CallEnvironment,
): Promise<Stage<RunPlan | RedirectPlan>> {
  const { turn, parts, call, signal } = environment
  try {
    const plan = await parsed.handler.plan(parsed.input, {
      turnId: turn.turnId,
      callId: call.callId,
      cwd,
      files: turn.files,
      shell: turn.workspace.processes.shell,
      terminals: parts.terminals,
      policy: turn.ports.policy,
      modalities: turn.model.modalities,
      signal,
    })
    return plan.kind === 'answer' ? done(outcomeOf(plan.output)) : next(plan)
  } catch (error) {
    throwIfCancelled(signal)
    return done(speak(error, environment))
  }
}
