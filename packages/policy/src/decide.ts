import { UsageError } from '@octavo/base'
import type { Effect, ExecPolicy, PolicyQuestion, PolicyTraceStep, PolicyVerdict, SandboxGrant } from '@octavo/extension-api'
import { describe } from './describe.ts'
import { allowPaths, cutToPlan, escalate, findUnenforceable, makeGrant, uniteGrants } from './grant.ts'
import { type Judgement, judgeEffect } from './judge.ts'
import { RETRIES, stanceOf } from './tables.ts'
import { nobodyAsked, unenforceableProfile } from './texts.ts'

/**
 * The arbiter of what tool calls may do: the tables of `tables.ts` over what a call wants to touch and what the turn allows.
 *
 * There are no rule files yet, so nothing offers an amendment, and {@link ExecPolicy.amend} rejects with `UsageError`
 * `amendments_unsupported`.
 */
export function createPolicy(): ExecPolicy {
  return {
    decide,
    describe,
    amend: async () => {
      throw new UsageError(
        'amendments_unsupported',
        'this policy keeps no rules that an approval could add to; approve for the session instead',
      )
    },
  }
}

/**
 * The strictest answer over all effects of a call. Without an effect there is nothing to ask about, and nothing is granted.
 *
 * A command and input to one have the grant of the turn, as what they will touch is not known. Every other call has its plan and no more:
 * it may write the very paths it named, and reach the network only when it named hosts. What an approval adds is added to either.
 *
 * The trace names each rule that was looked at, in order; the one that decided says so.
 */
export function decide(question: PolicyQuestion): PolicyVerdict {
  const turn = makeGrant(question.settings, question.granted)
  const trace: PolicyTraceStep[] = []
  const unenforceable = findUnenforceable(question.settings)
  if (unenforceable !== null && question.effects.length > 0) {
    trace.push({ rule: 'profile', said: `cannot enforce ${unenforceable}`, decided: true })
    return { kind: 'forbid', message: unenforceableProfile(unenforceable), trace }
  }
  trace.push({ rule: 'profile', said: describeGrant(turn), decided: false })
  if (question.denial !== null) return toVerdict([judgeRetry(question, turn, trace)], question, turn, trace)
  if (question.effects.length === 0) trace.push({ rule: 'effects', said: 'touches nothing', decided: true })
  return toVerdict(
    question.effects.map((effect) => judgeEffect(effect, question, turn, trace)),
    question,
    turn,
    trace,
  )
}

/**
 * A second attempt, without the sandbox that stopped the first. An earlier approval was for a run inside the sandbox and does not count
 * here, so whether this call was approved already changes nothing. Never for a profile that denies reading, which only a sandbox enforces.
 */
function judgeRetry(question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const { settings, effects } = question
  const isCommand = effects.some(({ kind }) => kind === 'exec')
  if (turn.deny.length > 0) {
    trace.push({ rule: 'retry', said: 'the profile denies reading some paths, so the sandbox stays', decided: true })
    return { kind: 'forbid', message: 'the sandbox denied this, and the permission profile does not let it be left' }
  }
  const stance = stanceOf(settings.approvalPolicy)
  const action = RETRIES[stance][isCommand ? 'command' : 'write']
  const gated = typeof settings.approvalPolicy !== 'string' && settings.approvalPolicy.granular.sandboxApproval
  const asks = action === 'ask' || (action === 'gate' && gated)
  trace.push({ rule: 'retry', said: `${stance}: ${asks ? 'ask' : 'the denial goes to the model'}`, decided: true })
  if (!asks) return { kind: 'forbid', message: nobodyAsked(settings.approvalPolicy, 'sandboxApproval') }
  if (isCommand) return { kind: 'ask', grant: escalate(turn), reason: 'command failed; retry without sandbox?', keys: [] }
  const grant: SandboxGrant = { ...allowPaths(turn, effects.flatMap(writtenPaths)), enforcement: 'none', escalated: true }
  return { kind: 'ask', grant, reason: 'writing was denied; retry without sandbox?', keys: [] }
}

function writtenPaths(effect: Effect): Extract<Effect, { kind: 'write' }>['paths'] {
  return effect.kind === 'write' ? effect.paths : []
}

function toVerdict(
  judgements: readonly Judgement[],
  { effects }: PolicyQuestion,
  turn: SandboxGrant,
  trace: readonly PolicyTraceStep[],
): PolicyVerdict {
  const forbidden = judgements.find((judgement) => judgement.kind === 'forbid')
  if (forbidden !== undefined) return { ...forbidden, trace }
  const grants = judgements.flatMap((judgement) => (judgement.kind === 'forbid' ? [] : [judgement.grant]))
  const united = grants.length === 0 ? turn : grants.reduce(uniteGrants)
  const runs = effects.some(({ kind }) => kind === 'exec' || kind === 'terminal')
  const namesHosts = effects.some(({ kind }) => kind === 'network')
  const grant = runs ? united : cutToPlan(united, turn, effects.flatMap(writtenPaths), namesHosts)
  const asked = judgements.filter((judgement) => judgement.kind === 'ask')
  if (asked.length === 0) return { kind: 'allow', grant, trace }
  const reason = asked.find((judgement) => judgement.reason !== null)?.reason ?? null
  return { kind: 'ask', grant, reason, keys: asked.flatMap(({ keys }) => keys), amendments: [], trace }
}

function describeGrant({ enforcement, write, network }: SandboxGrant): string {
  const writes = write === 'all' ? 'writes anywhere' : `writable roots: ${write.length}`
  return `${enforcement === 'platform' ? 'sandboxed' : 'not sandboxed'}, ${writes}, network ${network}`
}
