import { throwIfCancelled } from '@octavo/base'
import type { AbsolutePath, SharedGate } from '@octavo/base'
import type { PolicyVerdict, RawToolCall, SandboxDenial, SandboxGrant } from '@octavo/extension-api'
import { environmentOf } from '../turn/environments.ts'
import { done, next } from './call-environment.ts'
import type { CallEnvironment, Stage } from './call-environment.ts'
import { failed, outcomeOf } from './outcome.ts'
import type { ToolOutcome } from './outcome.ts'
import { approveCall } from './stages/approve.ts'
import { decideCall } from './stages/decide.ts'
import { executeCall } from './stages/execute.ts'
import { beforeChange } from './stages/grant.ts'
import { afterUse, beforeUse } from './stages/hooks.ts'
import { parseCall } from './stages/parse.ts'
import type { ParsedCall } from './stages/parse.ts'
import { planCall } from './stages/plan.ts'
import type { RedirectPlan, RunPlan } from './stages/plan.ts'

interface PlannedCall {
  readonly parsed: ParsedCall
  readonly plan: RunPlan
  readonly cwd: AbsolutePath
  readonly ask: string | null
}

/**
 * Sends one call through its stages: parse, hooks, plan, decide, approve, grant and execute, once more after a denial, hooks again.
 * Every failure is an outcome; only cancellation, and a required extension that failed, are thrown.
 */
export async function runCall(environment: CallEnvironment, gate: SharedGate): Promise<ToolOutcome> {
  const parsed = parseCall(environment.router, environment.call)
  if (parsed.step === 'done') return parsed.outcome
  const { outcome, by } = await followed(parsed.value, environment, gate)
  await environment.lifecycle.finished(outcome)
  return await afterUse(by, outcome, environment)
}

interface Followed {
  readonly outcome: ToolOutcome
  /** The call as it was carried out, by the tool that did. */
  readonly by: ParsedCall
}

/** A redirect is followed once: the other tool's stages, under that tool's own gate. */
async function followed(given: ParsedCall, environment: CallEnvironment, gate: SharedGate): Promise<Followed> {
  const first = await throughGate(given, null, environment.turn.settings.cwd, environment, gate)
  if (first.kind === 'outcome') return { outcome: first.outcome, by: first.parsed }

  const { tool, raw, cwd } = first.to
  const call: RawToolCall = { ...environment.call, name: tool, raw, format: 'freeform' }
  const redirected = parseCall(environment.router, call)
  if (redirected.step === 'done') return { outcome: redirected.outcome, by: given }
  const second = await throughGate(redirected.value, first.ask, cwd, environment, gate)
  if (second.kind === 'outcome') return { outcome: second.outcome, by: second.parsed }
  return { outcome: failed(`${tool.name} cannot be sent on a second time`), by: redirected.value }
}

type Passed =
  | { readonly kind: 'outcome'; readonly outcome: ToolOutcome; readonly parsed: ParsedCall }
  | { readonly kind: 'redirect'; readonly to: RedirectPlan; readonly ask: string | null }

async function throughGate(
  given: ParsedCall,
  wanted: string | null,
  cwd: AbsolutePath,
  environment: CallEnvironment,
  gate: SharedGate,
): Promise<Passed> {
  const { signal } = environment
  const admitted = await beforeUse(given, environment)
  if (admitted.step === 'done') return { kind: 'outcome', outcome: admitted.outcome, parsed: given }
  const { parsed } = admitted.value
  const ask = wanted ?? admitted.value.ask
  await parsed.handler.ready?.(signal)
  const permit = await (parsed.handler.spec.concurrency === 'shared' ? gate.shared(signal) : gate.exclusive(signal))
  try {
    const planned = await planCall(parsed, cwd, environment)
    throwIfCancelled(signal) // the call has its output already: nothing may begin for it
    if (planned.step === 'done') return { kind: 'outcome', outcome: planned.outcome, parsed }
    const plan = planned.value
    if (plan.kind === 'redirect') return { kind: 'redirect', to: plan, ask }
    return { kind: 'outcome', outcome: await runPlanned({ parsed, plan, cwd, ask }, environment), parsed }
  } finally {
    permit[Symbol.dispose]()
  }
}

async function runPlanned(planned: PlannedCall, environment: CallEnvironment): Promise<ToolOutcome> {
  const { parsed, plan } = planned
  const { environments } = environment.turn
  const place = environmentOf(environments, plan.environmentId) ?? environments.primary // planning refuses one that is not there
  const cwd = place === environments.primary ? planned.cwd : place.cwd
  if (plan.item !== null) environment.tracker.start(plan.item)

  const first = await allow(planned, environment, null, false)
  if (first.step === 'done') return first.outcome
  const change = await beforeChange(plan, environment)
  if (change.step === 'done') return change.outcome
  await environment.lifecycle.started()
  throwIfCancelled(environment.signal)
  const mayRetry = plan.onDenied === 'ask'
  const terminals = plan.effects.flatMap((effect) => (effect.kind === 'terminal' ? [effect.id] : []))
  const attempt = await executeCall(parsed, { number: 1, ...first.value, environment: place, cwd, terminals, mayRetry }, environment)
  if (attempt.step === 'done') return attempt.outcome
  if (attempt.value.kind === 'done' || !mayRetry) return outcomeOf(attempt.value.output)

  throwIfCancelled(environment.signal)
  // The sandbox refused. Only a new verdict may give more, and what it does not give stays refused.
  const wider = await allow(planned, environment, attempt.value.denial, first.value.asked)
  if (wider.step === 'done') return outcomeOf(attempt.value.output)
  environment.tracker.retry()
  const again = await executeCall(parsed, { number: 2, ...wider.value, environment: place, cwd, terminals, mayRetry: false }, environment)
  return again.step === 'done' ? again.outcome : outcomeOf(again.value.output)
}

/** The verdict, and the approval it may need: what the call may do, or the end of it. */
async function allow(
  { parsed, plan, ask }: PlannedCall,
  environment: CallEnvironment,
  denial: SandboxDenial | null,
  approvedAlready: boolean,
): Promise<Stage<{ readonly grant: SandboxGrant; readonly asked: boolean }>> {
  const decided = decideCall(parsed.handler.spec, plan, environment, { denial, approvedAlready })
  const verdict = denial === null && ask !== null ? insisting(decided, ask) : decided
  if (verdict.kind === 'allow') return next({ grant: verdict.grant, asked: false })
  if (verdict.kind === 'forbid') return done({ kind: 'declined', content: verdict.message })
  return await approveCall(parsed.handler.spec, plan, verdict, environment)
}

/** What an extension wants to have asked is asked, of people and not of what they said before. A ban stays one. */
function insisting(verdict: PolicyVerdict, reason: string): PolicyVerdict {
  if (verdict.kind === 'forbid') return verdict
  return { kind: 'ask', grant: verdict.grant, reason, keys: [], amendments: [], trace: verdict.trace }
}
