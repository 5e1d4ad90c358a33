import type { AbsolutePath } from '@octavo/base'
import type { Effect, PolicyQuestion, PolicyTraceStep, PolicyVerdict, SandboxGrant } from '@octavo/extension-api'
import { amendmentsFor } from './amendments.ts'
import { allowPaths, cutToPlan, escalate, findUnenforceable, makeGrant, uniteGrants } from './grant.ts'
import { judgeEffect } from './judge.ts'
import { type Judgement, type Looking, settle } from './judgement.ts'
import { RuleSet } from './rules/rule-set.ts'
import { ruleOn } from './rules/ruling.ts'
import { allowRule, FULL_ACCESS } from './settings.ts'
import { RETRIES, stanceOf } from './tables.ts'
import { nobodyAsked, unenforceableProfile } from './texts.ts'

/** What is judged by beside the tables. */
export interface Judging {
  readonly rules: RuleSet
  /** True when a rule that somebody approves can be kept, so that one may be offered. */
  readonly offers: boolean
}

const TABLES_ALONE: Judging = { rules: new RuleSet([]), offers: false }

/**
 * The strictest answer over all effects of a call. Without an effect there is nothing to ask about, and nothing is granted.
 *
 * A command and input to one have the grant of the turn, as what they will touch is not known. Every other call has its plan and no more:
 * it may write the very paths it named, and reach the network only when it named hosts. What an approval adds is added to either.
 *
 * The trace names each rule that was looked at, in order; the one that decided says so.
 */
export function decide(question: PolicyQuestion, judging: Judging = TABLES_ALONE): PolicyVerdict {
  const turn = makeGrant(question.settings, question.granted)
  const trace: PolicyTraceStep[] = []
  const looking: Looking = { ...judging, trace }
  const unenforceable = findUnenforceable(question.settings)
  if (unenforceable !== null && question.effects.length > 0) {
    trace.push({
      rule: 'profile',
      said: `cannot enforce ${unenforceable}`,
      decided: true,
      setting: `a permission profile without ${unenforceable}`,
    })
    return { kind: 'forbid', message: unenforceableProfile(unenforceable), trace }
  }
  trace.push({ rule: 'profile', said: describeGrant(turn), decided: false })
  if (question.denial !== null) return toVerdict([judgeRetry(question, turn, looking)], question, turn, trace)
  if (question.effects.length === 0) trace.push({ rule: 'effects', said: 'touches nothing', decided: true })
  return toVerdict(
    question.effects.map((effect) => judgeEffect(effect, question, turn, looking)),
    question,
    turn,
    trace,
  )
}

/**
 * A second attempt, without the sandbox that stopped the first. An earlier approval was for a run inside the sandbox and does not count
 * here, so whether this call was approved already changes nothing. Never for a profile that denies reading, which only a sandbox enforces.
 */
function judgeRetry(question: PolicyQuestion, turn: SandboxGrant, { rules, offers, trace }: Looking): Judgement {
  const { settings, effects, authority } = question
  const command = effects.find((effect) => effect.kind === 'exec')
  if (turn.deny.length > 0) {
    trace.push({ rule: 'retry', said: 'the profile denies reading some paths, so the sandbox stays', decided: true })
    return { kind: 'forbid', message: 'the sandbox denied this, and the permission profile does not let it be left' }
  }
  const stance = stanceOf(settings.approvalPolicy)
  const action = settle(RETRIES[stance][command === undefined ? 'write' : 'command'], settings.approvalPolicy, 'sandboxApproval')
  const said = `${stance}: ${action === 'ask' ? 'ask' : 'the denial goes to the model'}`
  if (command === undefined) {
    trace.push({ rule: 'retry', said, decided: true, setting: FULL_ACCESS })
    if (action !== 'ask') return { kind: 'forbid', message: nobodyAsked(settings.approvalPolicy, 'sandboxApproval') }
    const grant: SandboxGrant = { ...allowPaths(turn, effects.flatMap(writtenPaths)), enforcement: 'none', escalated: true }
    return { kind: 'ask', grant, reason: 'writing was denied; retry without sandbox?', keys: [] }
  }
  const ruling = ruleOn(command.command, rules)
  trace.push({ rule: 'retry', said, decided: true, setting: allowRule(ruling.segments?.[0]?.text ?? command.command) })
  if (action !== 'ask') return { kind: 'forbid', message: nobodyAsked(settings.approvalPolicy, 'sandboxApproval') }
  const amendments = offers ? amendmentsFor(command.command, ruling, { authority, found: 'wider' }) : []
  return { kind: 'ask', grant: escalate(turn), reason: 'command failed; retry without sandbox?', keys: [], amendments }
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
  return { kind: 'ask', grant, reason, keys: asked.flatMap(({ keys }) => keys), amendments: amendmentsOf(asked), trace, ...rootOf(asked) }
}

/** Only where the question is about one thing: a rule for one of several would not answer the others. */
function amendmentsOf(asked: readonly Extract<Judgement, { kind: 'ask' }>[]): Extract<PolicyVerdict, { kind: 'ask' }>['amendments'] {
  return asked.length === 1 ? (asked[0]?.amendments ?? []) : []
}

function rootOf(asked: readonly Extract<Judgement, { kind: 'ask' }>[]): { readonly root?: AbsolutePath } {
  const root = asked.length === 1 ? asked[0]?.root : undefined
  return root === undefined ? {} : { root }
}

function describeGrant({ enforcement, write, network }: SandboxGrant): string {
  const writes = write === 'all' ? 'writes anywhere' : `writable roots: ${write.length}`
  return `${enforcement === 'platform' ? 'sandboxed' : 'not sandboxed'}, ${writes}, network ${network}`
}
