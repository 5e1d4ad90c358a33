import type { AbsolutePath } from '@octavo/base'
import type { ApprovalPolicy, GranularApproval, PolicyAmendment } from '@octavo/protocol'
import type { Effect, PolicyQuestion, PolicyTraceStep, SandboxGrant } from '@octavo/extension-api'
import type { RuleSet } from './rules/rule-set.ts'
import { type Action, stanceOf } from './tables.ts'
import * as texts from './texts.ts'

/** What one effect comes to. `grant` in `ask` is what an approval gives. */
export type Judgement =
  | { readonly kind: 'allow'; readonly grant: SandboxGrant }
  | {
      readonly kind: 'ask'
      readonly grant: SandboxGrant
      readonly reason: string | null
      readonly keys: readonly string[]
      readonly amendments?: readonly PolicyAmendment[]
      readonly root?: AbsolutePath
    }
  | { readonly kind: 'forbid'; readonly message: string }

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>

/** What is judged by, and where each rule that was looked at is written down. */
export interface Looking {
  readonly rules: RuleSet
  /** True when a rule that somebody approves can be kept. */
  readonly offers: boolean
  readonly trace: PolicyTraceStep[]
}

export interface Acting {
  readonly question: PolicyQuestion
  readonly gate: keyof GranularApproval
  readonly trace: PolicyTraceStep[]
  readonly rule: string
  /** What would let it run unasked. */
  readonly setting: string
}

/** Turns a cell of a table into a judgement. */
export function act(action: Action, asked: Extract<Judgement, { kind: 'ask' }>, refusal: () => string, acting: Acting): Judgement {
  const { approvalPolicy } = acting.question.settings
  const settled = settle(action, approvalPolicy, acting.gate)
  const hint = settled === 'run' ? {} : { setting: acting.setting }
  acting.trace.push({ rule: acting.rule, said: `${stanceOf(approvalPolicy)}: ${settled}`, decided: true, ...hint })
  if (settled === 'run') return { kind: 'allow', grant: asked.grant }
  return settled === 'ask' ? asked : forbid(refusal())
}

/** What is left of a cell once a granular policy has said which prompts it allows. */
export function settle(action: Action, policy: ApprovalPolicy, gate: keyof GranularApproval): Exclude<Action, 'gate'> {
  if (action !== 'gate') return action
  return typeof policy !== 'string' && policy.granular[gate] ? 'ask' : 'refuse'
}

export function deny(question: PolicyQuestion, path: string, trace: PolicyTraceStep[]): Judgement {
  trace.push({ rule: 'profile.deny', said: path, decided: true, setting: `permission profile without "deny" for ${path}` })
  return forbid(texts.deniedPath(question, path))
}

export function forbid(message: string): Judgement {
  return { kind: 'forbid', message }
}
