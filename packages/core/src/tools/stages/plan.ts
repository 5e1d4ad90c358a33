import type { AbsolutePath } from '@octavo/base'
import { throwIfCancelled } from '@octavo/base'
import type { ToolPlan } from '@octavo/extension-api'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import { environmentOf } from '../../turn/environments.ts'
import { failed, outcomeOf } from '../outcome.ts'
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
      mode: turn.settings.collaborationMode.mode,
      modalities: turn.model.modalities,
      signal,
    })
    if (plan.kind === 'answer') return done(outcomeOf(plan.output))
    if (plan.kind === 'redirect' || environmentOf(turn.environments, plan.environmentId) !== null) return next(plan)
    const known = (turn.environments.selected ?? [turn.environments.primary]).map(({ id }) => id)
    return done(failed(`there is no environment ${plan.environmentId}; known: ${known.join(', ')}`))
  } catch (error) {
    throwIfCancelled(signal)
    return done(speak(error, environment))
  }
}
