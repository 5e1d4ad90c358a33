import { throwIfCancelled } from '@octavo/base'
import type { AbsolutePath, SharedGate } from '@octavo/base'
import type { PolicyVerdict, RawToolCall, SandboxDenial, SandboxGrant } from '@octavo/extension-api'
import { done, next } from './call-environment.ts'
import type { CallEnvironment, Stage } from './call-environment.ts'
import { failed, outcomeOf } from './outcome.ts'
import type { ToolOutcome } from './outcome.ts'
import { approveCall } from './stages/approve.ts'
import { decideCall } from './stages/decide.ts'
import { executeCall } from './stages/execute.ts'
import { parseCall } from './stages/parse.ts'
import type { ParsedCall } from './stages/parse.ts'
import { planCall } from './stages/plan.ts'
import type { RunPlan } from './stages/plan.ts'

interface PlannedCall {
  readonly parsed: ParsedCall
  readonly plan: RunPlan
  readonly cwd: AbsolutePath
}

/**
 * Sends one call through its stages: parse, plan, decide, approve, grant and execute, once more after a denial.
 * Every failure is an outcome; only cancellation is thrown.
 */
export async function runCall(environment: CallEnvironment, gate: SharedGate): Promise<ToolOutcome> {
  const parsed = parseCall(environment.router, environment.call)
  if (parsed.step === 'done') return parsed.outcome
  const first = await throughGate(parsed.value, environment.turn.settings.cwd, environment, gate)
  if (first.kind === 'outcome') return first.outcome

  // A redirect is followed once: the other tool's stages, under that tool's own gate.
  const { tool, raw, cwd } = first
  const call: RawToolCall = { ...environment.call, name: tool, raw, format: 'freeform' }
  const redirected = parseCall(environment.router, call)
  if (redirected.step === 'done') return redirected.outcome
  const second = await throughGate(redirected.value, cwd, environment, gate)
  return second.kind === 'outcome' ? second.outcome : failed(`${tool.name} cannot be sent on a second time`)
}

type Passed =
  | { readonly kind: 'outcome'; readonly outcome: ToolOutcome }
  | Extract<Awaited<ReturnType<ParsedCall['handler']['plan']>>, { readonly kind: 'redirect' }>

async function throughGate(parsed: ParsedCall, cwd: AbsolutePath, environment: CallEnvironment, gate: SharedGate): Promise<Passed> {
  const { signal } = environment
  await parsed.handler.ready?.(signal)
  const permit = await (parsed.handler.spec.concurrency === 'shared' ? gate.shared(signal) : gate.exclusive(signal))
  try {
    const planned = await planCall(parsed, cwd, environment)
    throwIfCancelled(signal) // the call has its output already: nothing may begin for it
    if (planned.step === 'done') return { kind: 'outcome', outcome: planned.outcome }
    if (planned.value.kind === 'redirect') return planned.value
    return { kind: 'outcome', outcome: await runPlanned({ parsed, plan: planned.value, cwd }, environment) }
  } finally {
    permit[Symbol.dispose]()
  }
}

async function runPlanned(planned: PlannedCall, environment: CallEnvironment): Promise<ToolOutcome> {
  const { parsed, plan, cwd } = planned
  if (plan.item !== null) environment.tracker.start(plan.item)

  const first = await allow(planned, environment, null, false)
  if (first.step === 'done') return first.outcome
  const mayRetry = plan.onDenied === 'ask'
  const terminals = plan.effects.flatMap((effect) => (effect.kind === 'terminal' ? [effect.id] : []))
  const attempt = await executeCall(parsed, { number: 1, ...first.value, cwd, terminals, mayRetry }, environment)
  if (attempt.step === 'done') return attempt.outcome
  if (attempt.value.kind === 'done' || !mayRetry) return outcomeOf(attempt.value.output)

  throwIfCancelled(environment.signal)
  // The sandbox refused. Only a new verdict may give more, and what it does not give stays refused.
  const wider = await allow(planned, environment, attempt.value.denial, first.value.asked)
  if (wider.step === 'done') return outcomeOf(attempt.value.output)
  environment.tracker.retry()
  const again = await executeCall(parsed, { number: 2, ...wider.value, cwd, terminals, mayRetry: false }, environment)
  return again.step === 'done' ? again.outcome : outcomeOf(again.value.output)
}

/** The verdict, and the approval it may need: what the call may do, or the end of it. */
async function allow(
  { parsed, plan }: PlannedCall,
  environment: CallEnvironment,
  denial: SandboxDenial | null,
  approvedAlready: boolean,
): Promise<Stage<{ readonly grant: SandboxGrant; readonly asked: boolean }>> {
  const verdict: PolicyVerdict = decideCall(parsed.handler.spec, plan, environment, { denial, approvedAlready })
  if (verdict.kind === 'allow') return next({ grant: verdict.grant, asked: false })
  if (verdict.kind === 'forbid') return done({ kind: 'declined', content: verdict.message })
  return await approveCall(parsed.handler.spec, plan, verdict, environment)
}
