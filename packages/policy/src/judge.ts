import { type AbsolutePath, dirnamePath, isInside } from '@octavo/base'
import type { Effect, PolicyQuestion, SandboxGrant } from '@octavo/extension-api'
import { PROTECTED_NAMES } from '@octavo/protocol'
import { allowPaths, canWrite, escalate, isDenied } from './grant.ts'
import { judgeCommand } from './judge-command.ts'
import { act, deny, type EffectOf, forbid, type Judgement, type Looking } from './judgement.ts'
import { externalKey, hostKey, terminalKey, writeKey } from './keys.ts'
import { strictest } from './rules/rule-set.ts'
import * as opening from './settings.ts'
import { REMOTE, RULED, stanceOf, TERMINAL_INPUT, type WriteClass, WRITES } from './tables.ts'
import * as texts from './texts.ts'

/** Judges one effect under the grant of the turn, and adds to `trace` what was looked at. */
export function judgeEffect(effect: Effect, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  switch (effect.kind) {
    case 'exec':
      return judgeCommand(effect, question, turn, looking)
    case 'write':
      return judgeWrite(effect, question, turn, looking)
    case 'read':
      return judgeRead(effect, question, turn, looking)
    case 'network':
      return judgeNetwork(effect, question, turn, looking)
    case 'terminal':
      return judgeTerminal(effect, question, turn, looking)
    case 'external':
      return judgeExternal(effect, question, turn, looking)
  }
}

function judgeWrite(effect: EffectOf<'write'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const { settings, sandbox, authority } = question
  const denied = effect.paths.find((path) => isDenied(turn, path))
  if (denied !== undefined) return deny(question, denied, looking.trace)
  const outside = effect.paths.filter((path) => !canWrite(turn, path))
  const found = ((): WriteClass => {
    if (turn.write === 'all') return 'free'
    if (outside.length > 0) return 'outside'
    return sandbox.working ? 'inside' : 'unconfined'
  })()
  looking.trace.push({ rule: 'write.paths', said: `${found}: ${outside.length} of ${effect.paths.length} outside`, decided: false })
  const wanted = allowPaths(turn, outside)
  const root = turn.write === 'all' ? null : sharedRoot(outside, question)
  const asked: Judgement = {
    kind: 'ask',
    grant: sandbox.working ? wanted : { ...wanted, enforcement: 'none' },
    reason: authority.justification ?? (outside[0] === undefined ? null : `writes outside the workspace: ${outside.join(', ')}`),
    keys: effect.paths.map(writeKey),
    ...(root === null ? {} : { root }),
  }
  const isReadOnly = turn.write !== 'all' && turn.write.length === 0
  const refusal = (): string => {
    if (found === 'unconfined') return texts.refusedWrite(question, texts.unconfinedWrite(question))
    return texts.refusedWrite(question, isReadOnly ? 'writing is blocked by read-only sandbox' : 'writing outside of the project')
  }
  return act(WRITES[stanceOf(settings.approvalPolicy)][found], asked, refusal, {
    question,
    gate: 'sandboxApproval',
    trace: looking.trace,
    rule: `table.write.${found}`,
    setting: opening.writing(question, turn, outside),
  })
}

/**
 * The directory that all of them stand in, when it may be offered: none that holds more than the project does, nor one in which something
 * is protected.
 */
function sharedRoot(outside: readonly AbsolutePath[], { settings }: PolicyQuestion): AbsolutePath | null {
  const [first] = outside
  if (first === undefined) return null
  const root = dirnamePath(first)
  const isWide = dirnamePath(root) === root || settings.workspaceRoots.some((own) => own !== root && isInside(root, own))
  const isProtected = outside.some((path) => path.split(/[/\\]/).some((name) => PROTECTED_NAMES.includes(name)))
  return isWide || isProtected || !outside.every((path) => isInside(root, path)) ? null : root
}

function judgeRead(effect: EffectOf<'read'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const denied = effect.paths.find((path) => isDenied(turn, path))
  if (denied !== undefined) return deny(question, denied, looking.trace)
  looking.trace.push({ rule: 'read.paths', said: 'reading is open', decided: true })
  return { kind: 'allow', grant: turn }
}

function judgeNetwork(effect: EffectOf<'network'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const { settings, authority } = question
  const ruled = judgeHosts(effect, question, turn, looking)
  if (ruled !== null) return ruled
  looking.trace.push({ rule: 'network', said: turn.network, decided: turn.network === 'enabled' })
  if (turn.network === 'enabled') return { kind: 'allow', grant: turn }
  const asked: Judgement = {
    kind: 'ask',
    grant: { ...turn, network: 'enabled', escalated: true },
    reason: authority.justification ?? `reaches ${effect.hosts.join(', ')}`,
    keys: effect.hosts.map(hostKey),
  }
  return act(
    REMOTE[stanceOf(settings.approvalPolicy)].network,
    asked,
    () => texts.nobodyAsked(settings.approvalPolicy, 'sandboxApproval'),
    {
      question,
      gate: 'sandboxApproval',
      trace: looking.trace,
      rule: 'table.network',
      setting: opening.network(effect.hosts),
    },
  )
}

/** What rules say of the hosts; null when they leave it open. */
function judgeHosts(effect: EffectOf<'network'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement | null {
  const { approvalPolicy } = question.settings
  const said = effect.hosts.map((host) => looking.rules.ofHost(host))
  const held = strictest(said.filter((each) => each !== null))
  if (held === null) return null
  looking.trace.push({ rule: held.place, said: `${held.decision}: ${held.prefix.join(' ')}`, decided: held.decision === 'forbidden' })
  if (held.decision === 'forbidden') return forbid(texts.forbiddenHost(held))
  const grant: SandboxGrant = turn.network === 'enabled' ? turn : { ...turn, network: 'enabled', escalated: true }
  if (held.decision === 'allow') {
    if (said.includes(null)) return null
    looking.trace.push({ rule: 'table.rule.allow', said: 'every host is allowed by a rule', decided: true })
    return { kind: 'allow', grant }
  }
  const asked: Judgement = { kind: 'ask', grant, reason: texts.promptedHost(held), keys: effect.hosts.map(hostKey) }
  return act(RULED[stanceOf(approvalPolicy)], asked, () => texts.ruleNotAsked(approvalPolicy), {
    question,
    gate: 'rules',
    trace: looking.trace,
    rule: held.place,
    setting: `decision="allow" at ${held.place}`,
  })
}

/** The terminal keeps the grant it was started with; only sending more input to one outside the sandbox is a question. */
function judgeTerminal(effect: EffectOf<'terminal'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const { settings } = question
  const found = effect.escalated ? 'escalated' : 'confined'
  const grant = effect.escalated ? escalate(turn) : turn
  const asked: Judgement = {
    kind: 'ask',
    grant,
    reason: `input to terminal ${effect.id}, which is not sandboxed`,
    keys: [terminalKey(effect.id)],
  }
  return act(
    TERMINAL_INPUT[stanceOf(settings.approvalPolicy)][found],
    asked,
    () => texts.nobodyAsked(settings.approvalPolicy, 'sandboxApproval'),
    {
      question,
      gate: 'sandboxApproval',
      trace: looking.trace,
      rule: `table.terminal.${found}`,
      setting: opening.LESS_ASKING,
    },
  )
}

/**
 * A tool of somebody else's, whose doing no sandbox here confines. A tool that is trusted to be harmless (annotated as reading only, or
 * allowed by configuration) declares no such effect. Under `never` it runs where the profile gives full access anyway.
 */
function judgeExternal(effect: EffectOf<'external'>, question: PolicyQuestion, turn: SandboxGrant, looking: Looking): Judgement {
  const { settings, authority } = question
  const stance = stanceOf(settings.approvalPolicy)
  const isFree = stance === 'never' && turn.enforcement === 'none'
  looking.trace.push({
    rule: 'external',
    said: isFree ? 'full access, and nobody is asked' : `${effect.server}/${effect.tool}`,
    decided: isFree,
  })
  if (isFree) return { kind: 'allow', grant: turn }
  const asked: Judgement = { kind: 'ask', grant: turn, reason: authority.justification, keys: [externalKey(effect.server, effect.tool)] }
  const refusal = (): string =>
    stance === 'never'
      ? 'MCP tool call requires approval, but approval policy is never'
      : texts.nobodyAsked(settings.approvalPolicy, 'mcpElicitations')
  return act(REMOTE[stance].external, asked, refusal, {
    question,
    gate: 'mcpElicitations',
    trace: looking.trace,
    rule: 'table.external',
    setting: opening.EXTERNAL,
  })
}
