import type { PolicyQuestion, SandboxGrant } from '@octavo/extension-api'
import { amendmentsFor } from './amendments.ts'
import { type Danger, findDanger } from './command/dangerous.ts'
import { covers, escalate, makeGrant, unitePermissions } from './grant.ts'
import { act, type EffectOf, forbid, type Judgement, type Looking, settle } from './judgement.ts'
import { commandKey } from './keys.ts'
import type { Statement } from './rules/rule-set.ts'
import { isSafeOrAllowed, ruleOn, type Ruling } from './rules/ruling.ts'
import * as opening from './settings.ts'
import { type CommandClass, COMMANDS, RULED, stanceOf } from './tables.ts'
import * as texts from './texts.ts'

/** A command and all that was found out about it. */
interface Facts {
  readonly effect: EffectOf<'exec'>
  readonly question: PolicyQuestion
  readonly ruling: Ruling
  readonly found: CommandClass
  readonly danger: Danger | null
  /** What an approval gives. */
  readonly grant: SandboxGrant
}

/**
 * Judges a command: what rules say first, then the table by what is remarkable about it. A rule can forbid, can ask, or can let a command
 * out of the sandbox when rules allow all of it; what they leave open is judged as if there were none.
 */
export function judgeCommand(effect: EffectOf<'exec'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const { trace, rules } = looking
  const ruling = ruleOn(effect.command, rules)
  trace.push(...ruling.trace)
  if (ruling.held?.decision === 'forbidden') return forbiddenByRule(effect, ruling.held, looking)
  const wanted = wantedGrant(question, turn)
  const { found, danger } = classify(effect, question, ruling, { isWider: wanted !== turn, looking, turn })
  const grant = unconfine(ruling.allowsAll ? freed(turn) : wanted, question)
  if (grant === null) {
    trace.push({ rule: 'profile.deny', said: 'no sandbox keeps a command from denied paths', decided: true, setting: 'a working sandbox' })
    return forbid(texts.refusedCommand(question, texts.deniedReadsUnprotected(question)))
  }
  const facts: Facts = { effect, question, ruling, found, danger, grant }
  if (ruling.held?.decision === 'prompt') return askedByRule(facts, ruling.held, looking)
  const refusesEscalation = found === 'wider' && COMMANDS[stanceOf(question.settings.approvalPolicy)].wider === 'refuse'
  if (ruling.allowsAll && !refusesEscalation) {
    trace.push({ rule: 'table.rule.allow', said: 'every command is allowed by a rule', decided: true })
    return { kind: 'allow', grant }
  }
  return byTable(facts, looking)
}

function forbiddenByRule({ command }: EffectOf<'exec'>, held: Statement, { trace }: Looking): Judgement {
  const setting = held.isLost ? `${held.place} mended` : `no rule that forbids it at ${held.place}`
  trace.push({ rule: 'table.rule.forbidden', said: `${held.place} forbids it`, decided: true, setting })
  return forbid(texts.forbiddenCommand(command, held))
}

/** The stricter of what the rule wants and what the table says anyway. */
function askedByRule(facts: Facts, held: Statement, looking: Looking): Judgement {
  const { effect, question, found, grant } = facts
  const { approvalPolicy } = question.settings
  const stance = stanceOf(approvalPolicy)
  if (settle(COMMANDS[stance][found], approvalPolicy, 'sandboxApproval') === 'refuse') return byTable(facts, looking)
  const asked: Judgement = {
    kind: 'ask',
    grant,
    reason: question.authority.justification ?? texts.promptedCommand(effect.command, held),
    keys: [commandKey(effect, question.authority)],
  }
  return act(RULED[stance], asked, () => texts.refusedCommand(question, texts.ruleNotAsked(approvalPolicy)), {
    question,
    gate: 'rules',
    trace: looking.trace,
    rule: held.place,
    setting: held.isLost ? `${held.place} mended` : `decision="allow" at ${held.place}`,
  })
}

function byTable(facts: Facts, { trace, offers }: Looking): Judgement {
  const { effect, question, ruling, found, danger, grant } = facts
  const { authority, settings } = question
  const stance = stanceOf(settings.approvalPolicy)
  const action = COMMANDS[stance][found]
  const rule = `table.command.${found}`
  if (action === 'run') {
    // By far the most: nothing is made ready for a question.
    trace.push({ rule, said: `${stance}: run`, decided: true })
    return { kind: 'allow', grant }
  }
  const amendments = offers && action !== 'refuse' ? amendmentsFor(effect.command, ruling, { authority, found }) : []
  const asked: Judgement = {
    kind: 'ask',
    grant,
    reason: authority.justification ?? COMMAND_REASONS[found],
    keys: [commandKey(effect, authority)],
    amendments,
  }
  const refusal = (): string => {
    if (found === 'wider' && action === 'refuse') return texts.escalationRefused(question)
    if (found === 'unconfined' && action === 'refuse') return texts.refusedCommand(question, texts.sandboxMissing(question))
    if (danger !== null && action === 'refuse') return texts.refusedCommand(question, texts.dangerousCommand(effect.command, danger))
    return texts.refusedCommand(question, texts.nobodyAsked(settings.approvalPolicy, 'sandboxApproval'))
  }
  const setting = settingFor(facts)
  return act(action, asked, refusal, { question, gate: 'sandboxApproval', trace, rule, setting })
}

/** The first of the remarkable things that holds; each that was looked at is in the trace. */
function classify(
  effect: EffectOf<'exec'>,
  { sandbox }: PolicyQuestion,
  ruling: Ruling,
  { isWider, looking, turn }: { readonly isWider: boolean; readonly looking: Looking; readonly turn: SandboxGrant },
): { readonly found: CommandClass; readonly danger: Danger | null } {
  const danger = dangerOf(effect.command, ruling)
  const checks: Readonly<Record<Exclude<CommandClass, 'other'>, () => boolean>> = {
    wider: () => isWider,
    dangerous: () => danger !== null,
    unconfined: () => turn.enforcement === 'platform' && !sandbox.working,
    safe: () => isSafeOrAllowed(effect.command, ruling),
  }
  for (const name of COMMAND_ORDER) {
    const holds = checks[name]()
    looking.trace.push({ rule: `command.${name}`, said: holds ? 'yes' : 'no', decided: false })
    if (holds) return { found: name, danger }
  }
  return { found: 'other', danger }
}

const COMMAND_ORDER = ['wider', 'dangerous', 'unconfined', 'safe'] as const

/** Of what rules allow nothing counts as dangerous; of a command they say nothing of, all is looked through. */
function dangerOf(argv: readonly string[], { segments }: Ruling): Danger | null {
  if (segments === null || segments.every(({ statement }) => statement === null)) return findDanger(argv)
  for (const { text, statement } of segments) {
    const danger = statement?.decision === 'allow' ? null : findDanger(text)
    if (danger !== null) return danger
  }
  return null
}

const COMMAND_REASONS: Readonly<Record<CommandClass, string | null>> = {
  wider: null,
  dangerous: 'it removes files without asking, or cannot be looked through',
  unconfined: 'no sandbox works here, so it would run without one',
  safe: null,
  other: null,
}

function settingFor({ question, ruling, found }: Facts): string {
  if (found === 'wider' || found === 'unconfined') return found === 'wider' ? opening.FULL_ACCESS : opening.SANDBOX_OR_FULL_ACCESS
  const [only, ...more] = ruling.segments ?? []
  const rule = only !== undefined && more.length === 0 ? opening.allowRule(only.text) : opening.ALLOW_EACH
  return question.settings.approvalPolicy === 'untrusted' && found === 'other' ? opening.LESS_ASKING : rule
}

/** The grant a command would have if nothing stood in its way; the turn's own when it asks for no more than that. */
function wantedGrant({ authority, settings, granted }: PolicyQuestion, turn: SandboxGrant): SandboxGrant {
  if (turn.enforcement === 'none') return turn
  if (authority.level === 'escalated') return escalate(turn)
  if (authority.level === 'turn' || authority.additional === null || covers(granted, authority.additional)) return turn
  return { ...makeGrant(settings, unitePermissions(granted, authority.additional)), escalated: true }
}

/** What a rule gives that nobody was asked about: no sandbox, but where the profile denies reading the turn's own as it is. */
function freed(turn: SandboxGrant): SandboxGrant {
  return turn.enforcement === 'none' || turn.deny.length > 0 ? turn : escalate(turn)
}

/** Where no sandbox works, what is approved runs without one; null when the profile forbids exactly that. */
function unconfine(grant: SandboxGrant, { sandbox }: PolicyQuestion): SandboxGrant | null {
  if (grant.enforcement === 'none' || sandbox.working) return grant
  return grant.deny.length > 0 ? null : escalate(grant)
}
