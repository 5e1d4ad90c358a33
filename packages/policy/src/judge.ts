import type { Effect, PolicyQuestion, PolicyTraceStep, SandboxGrant } from '@octavo/extension-api'
import type { GranularApproval } from '@octavo/protocol'
import { findDanger } from './command/dangerous.ts'
import { isKnownSafe } from './command/safe.ts'
import { allowPaths, canWrite, covers, escalate, isDenied, makeGrant, unitePermissions } from './grant.ts'
import { commandKey, externalKey, hostKey, terminalKey, writeKey } from './keys.ts'
import { type Action, type CommandClass, COMMANDS, REMOTE, stanceOf, TERMINAL_INPUT, type WriteClass, WRITES } from './tables.ts'
import * as texts from './texts.ts'

/** What one effect comes to. `grant` in `ask` is what an approval gives. */
export type Judgement =
  | { readonly kind: 'allow'; readonly grant: SandboxGrant }
  | { readonly kind: 'ask'; readonly grant: SandboxGrant; readonly reason: string | null; readonly keys: readonly string[] }
  | { readonly kind: 'forbid'; readonly message: string }

type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>

/** Judges one effect under the grant of the turn, and adds to `trace` what was looked at. */
export function judgeEffect(effect: Effect, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  switch (effect.kind) {
    case 'exec':
      return judgeCommand(effect, question, turn, trace)
    case 'write':
      return judgeWrite(effect, question, turn, trace)
    case 'read':
      return judgeRead(effect, question, turn, trace)
    case 'network':
      return judgeNetwork(effect, question, turn, trace)
    case 'terminal':
      return judgeTerminal(effect, question, turn, trace)
    case 'external':
      return judgeExternal(effect, question, turn, trace)
  }
}

function judgeCommand(effect: EffectOf<'exec'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const { authority, settings, sandbox } = question
  const wanted = wantedGrant(question, turn)
  const isConfined = turn.enforcement === 'platform'
  const danger = findDanger(effect.command)
  const stance = stanceOf(settings.approvalPolicy)
  const checks: Readonly<Record<Exclude<CommandClass, 'other'>, boolean>> = {
    wider: wanted !== turn,
    dangerous: danger !== null,
    unconfined: isConfined && !sandbox.working,
    safe: isKnownSafe(effect.command),
  }
  const found: CommandClass = COMMAND_ORDER.find((name) => checks[name]) ?? 'other'
  for (const name of COMMAND_ORDER) {
    trace.push({ rule: `command.${name}`, said: checks[name] ? 'yes' : 'no', decided: false })
    if (name === found) break
  }
  const grant = unconfine(wanted, question)
  if (grant === null) {
    trace.push({ rule: 'profile.deny', said: 'no sandbox keeps a command from denied paths', decided: true })
    return forbid(texts.refusedCommand(question, texts.deniedReadsUnprotected(question)))
  }
  const action = COMMANDS[stance][found]
  const reason = authority.justification ?? COMMAND_REASONS[found]
  const asked: Judgement = { kind: 'ask', grant, reason, keys: [commandKey(effect, authority)] }
  const refusal = (): string => {
    if (found === 'wider' && action === 'refuse') return texts.escalationRefused(question)
    if (found === 'unconfined' && action === 'refuse') return texts.refusedCommand(question, texts.sandboxMissing(question))
    if (danger !== null && action === 'refuse') return texts.refusedCommand(question, texts.dangerousCommand(effect.command, danger))
    return texts.refusedCommand(question, texts.nobodyAsked(settings.approvalPolicy, 'sandboxApproval'))
  }
  return act(action, asked, refusal, { question, gate: 'sandboxApproval', trace, rule: `table.command.${found}` })
}

const COMMAND_ORDER = ['wider', 'dangerous', 'unconfined', 'safe'] as const

const COMMAND_REASONS: Readonly<Record<CommandClass, string | null>> = {
  wider: null,
  dangerous: 'it removes files without asking, or cannot be looked through',
  unconfined: 'no sandbox works here, so it would run without one',
  safe: null,
  other: null,
}

/** The grant a command would have if nothing stood in its way; the turn's own when it asks for no more than that. */
function wantedGrant({ authority, settings, granted }: PolicyQuestion, turn: SandboxGrant): SandboxGrant {
  if (turn.enforcement === 'none') return turn
  if (authority.level === 'escalated') return escalate(turn)
  if (authority.level === 'turn' || authority.additional === null || covers(granted, authority.additional)) return turn
  return { ...makeGrant(settings, unitePermissions(granted, authority.additional)), escalated: true }
}

/** Where no sandbox works, what is approved runs without one; null when the profile forbids exactly that. */
function unconfine(grant: SandboxGrant, { sandbox }: PolicyQuestion): SandboxGrant | null {
  if (grant.enforcement === 'none' || sandbox.working) return grant
  return grant.deny.length > 0 ? null : escalate(grant)
}

function judgeWrite(effect: EffectOf<'write'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const { settings, sandbox, authority } = question
  const denied = effect.paths.find((path) => isDenied(turn, path))
  if (denied !== undefined) return deny(question, denied, trace)
  const outside = effect.paths.filter((path) => !canWrite(turn, path))
  const found = ((): WriteClass => {
    if (turn.write === 'all') return 'free'
    if (outside.length > 0) return 'outside'
    return sandbox.working ? 'inside' : 'unconfined'
  })()
  trace.push({ rule: 'write.paths', said: `${found}: ${outside.length} of ${effect.paths.length} outside`, decided: false })
  const wanted = allowPaths(turn, outside)
  const asked: Judgement = {
    kind: 'ask',
    grant: sandbox.working ? wanted : { ...wanted, enforcement: 'none' },
    reason: authority.justification ?? (outside[0] === undefined ? null : `writes outside the workspace: ${outside.join(', ')}`),
    keys: effect.paths.map(writeKey),
  }
  const isReadOnly = turn.write !== 'all' && turn.write.length === 0
  const refusal = (): string => {
    if (found === 'unconfined') return texts.refusedWrite(question, texts.unconfinedWrite(question))
    return texts.refusedWrite(question, isReadOnly ? 'writing is blocked by read-only sandbox' : 'writing outside of the project')
  }
  return act(WRITES[stanceOf(settings.approvalPolicy)][found], asked, refusal, {
    question,
    gate: 'sandboxApproval',
    trace,
    rule: `table.write.${found}`,
  })
}

function judgeRead(effect: EffectOf<'read'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const denied = effect.paths.find((path) => isDenied(turn, path))
  if (denied !== undefined) return deny(question, denied, trace)
  trace.push({ rule: 'read.paths', said: 'reading is open', decided: true })
  return { kind: 'allow', grant: turn }
}

function judgeNetwork(effect: EffectOf<'network'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const { settings, authority } = question
  trace.push({ rule: 'network', said: turn.network, decided: turn.network === 'enabled' })
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
      trace,
      rule: 'table.network',
    },
  )
}

/** The terminal keeps the grant it was started with; only sending more input to one outside the sandbox is a question. */
function judgeTerminal(effect: EffectOf<'terminal'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
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
      trace,
      rule: `table.terminal.${found}`,
    },
  )
}

/**
 * A tool of somebody else's, whose doing no sandbox here confines. A tool that is trusted to be harmless (annotated as reading only, or
 * allowed by configuration) declares no such effect. Under `never` it runs where the profile gives full access anyway.
 */
function judgeExternal(effect: EffectOf<'external'>, question: PolicyQuestion, turn: SandboxGrant, trace: PolicyTraceStep[]): Judgement {
  const { settings, authority } = question
  const stance = stanceOf(settings.approvalPolicy)
  const isFree = stance === 'never' && turn.enforcement === 'none'
  trace.push({ rule: 'external', said: isFree ? 'full access, and nobody is asked' : `${effect.server}/${effect.tool}`, decided: isFree })
  if (isFree) return { kind: 'allow', grant: turn }
  const asked: Judgement = { kind: 'ask', grant: turn, reason: authority.justification, keys: [externalKey(effect.server, effect.tool)] }
  const refusal = (): string =>
    stance === 'never'
      ? 'MCP tool call requires approval, but approval policy is never'
      : texts.nobodyAsked(settings.approvalPolicy, 'mcpElicitations')
  return act(REMOTE[stance].external, asked, refusal, { question, gate: 'mcpElicitations', trace, rule: 'table.external' })
}

interface Acting {
  readonly question: PolicyQuestion
  readonly gate: keyof GranularApproval
  readonly trace: PolicyTraceStep[]
  readonly rule: string
}

/** Turns a cell of a table into a judgement. */
function act(action: Action, asked: Extract<Judgement, { kind: 'ask' }>, refusal: () => string, acting: Acting): Judgement {
  const { approvalPolicy } = acting.question.settings
  const isOpen = typeof approvalPolicy !== 'string' && approvalPolicy.granular[acting.gate]
  const settled = action === 'gate' ? (isOpen ? 'ask' : 'refuse') : action
  acting.trace.push({ rule: acting.rule, said: `${stanceOf(approvalPolicy)}: ${settled}`, decided: true })
  if (settled === 'run') return { kind: 'allow', grant: asked.grant }
  return settled === 'ask' ? asked : forbid(refusal())
}

function deny(question: PolicyQuestion, path: string, trace: PolicyTraceStep[]): Judgement {
  trace.push({ rule: 'profile.deny', said: path, decided: true })
  return forbid(texts.deniedPath(question, path))
}

function forbid(message: string): Judgement {
  return { kind: 'forbid', message }
}
