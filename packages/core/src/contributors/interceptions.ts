import type {
  ApprovalRequest,
  CompactionRequest,
  ContributorContext,
  Effect,
  Extension,
  InterceptedCall,
  InterceptedOutput,
  Interceptors,
  PostToolUseVerdict,
  ReadOnlyFiles,
} from '@octavo/extension-api'
import type { ApprovalDecision, EnvironmentId, ResponseItem, TurnSummary, UserInput } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'
import type { Members } from './members.ts'
import type { Called, ContributorRun, ContributorSite } from './run.ts'
import { approvalDecision, ignored, postToolUseVerdict, preToolUseVerdict, responseItemsOrNull, userInputs } from './shapes.ts'

const INTERCEPTOR_MS = 10_000

/** Kinds that guard something: while they fail, what they guard is declined unless the extension says otherwise. */
const GUARDS: ReadonlySet<keyof Interceptors> = new Set(['preToolUse', 'approval', 'effects'])

export type Intercepted =
  /** `raw` as it is now; `ask`: why the user is to be asked. */
  | { readonly kind: 'proceed'; readonly raw: string; readonly ask: string | null }
  /** `message` is for the model. */
  | { readonly kind: 'deny'; readonly message: string }

/** Those who may change or refuse: one strictly after the other, in order. */
export class Interceptions {
  readonly #members: Members
  readonly #run: ContributorRun

  constructor(members: Members, run: ContributorRun) {
    this.#members = members
    this.#run = run
  }

  /** Each sees what the one before it made; the first denial counts. */
  async beforeTool(call: InterceptedCall, site: ContributorSite): Promise<Intercepted> {
    let raw = call.raw
    let ask: string | null = null
    for (const { extension, offer } of this.#members.of('preToolUse')) {
      const seen = { ...call, raw }
      const called = await this.#call('preToolUse', extension, site, preToolUseVerdict, (context) => offer.intercept(seen, context))
      if (!called.ok) {
        if (isClosed(extension, 'preToolUse')) return { kind: 'deny', message: `declined: ${called.message}` }
        continue
      }
      const verdict = called.value
      if (verdict.kind === 'deny') return { kind: 'deny', message: verdict.message }
      if (verdict.kind === 'rewrite') raw = verdict.raw
      else if (verdict.kind === 'ask') ask ??= verdict.reason
    }
    return { kind: 'proceed', raw, ask }
  }

  /** What the model is to read of an output. */
  async afterTool(call: InterceptedCall, output: InterceptedOutput, site: ContributorSite): Promise<InterceptedOutput['content']> {
    let { content } = output
    for (const { extension, offer } of this.#members.of('postToolUse')) {
      const seen = { ...output, content }
      const called = await this.#call('postToolUse', extension, site, postToolUseVerdict, (context) => offer.intercept(call, seen, context))
      if (called.ok) content = laid(content, called.value)
      else if (isClosed(extension, 'postToolUse')) content = `the output is withheld: ${called.message}`
    }
    return content
  }

  /** The first that does not abstain; null when all do. */
  async review(
    request: ApprovalRequest,
    site: ContributorSite,
  ): Promise<{ readonly decision: ApprovalDecision; readonly by: string } | null> {
    for (const { extension, offer } of this.#members.of('approval')) {
      const called = await this.#call('approval', extension, site, approvalDecision, (context) => offer.review(request, context))
      if (called.ok && called.value !== 'abstain') return { decision: called.value, by: extension.id }
      if (!called.ok && isClosed(extension, 'approval')) {
        return { decision: { kind: 'denied', message: `declined: ${called.message}` }, by: extension.id }
      }
    }
    return null
  }

  /** Why nothing may be written or run; null when it may. */
  async beforeWrite(
    environmentId: EnvironmentId,
    effects: readonly Effect[],
    root: ReadOnlyFiles,
    site: ContributorSite,
  ): Promise<string | null> {
    for (const { extension, offer } of this.#members.of('effects')) {
      const called = await this.#call('effects', extension, site, ignored, (context) =>
        offer.beforeWrite(environmentId, effects, root, context),
      )
      if (!called.ok && isClosed(extension, 'effects')) return `declined: ${called.message}`
    }
    return null
  }

  /** A shorter history by the first that gives one; null: the engine's own way. The result is not verified. */
  async compact(
    request: CompactionRequest,
    site: ContributorSite,
  ): Promise<{ readonly items: readonly ResponseItem[]; readonly by: string } | null> {
    for (const { extension, offer } of this.#members.of('compaction')) {
      const called = await this.#call('compaction', extension, site, responseItemsOrNull, (context) => offer.compact(request, context))
      if (called.ok && called.value !== null) return { items: called.value, by: extension.id }
      if (!called.ok) requireOpen(extension, 'compaction', called.message)
    }
    return null
  }

  /** Input of those who ask for one more step; empty lets the turn end. */
  async turnEnd(
    turn: TurnSummary,
    lastMessage: string | null,
    site: ContributorSite,
  ): Promise<readonly { readonly source: string; readonly given: readonly UserInput[] }[]> {
    const wanted: { source: string; given: readonly UserInput[] }[] = []
    for (const { extension, offer } of this.#members.of('turnEnd')) {
      const called = await this.#call('turnEnd', extension, site, userInputs, (context) =>
        offer.wantsAnotherStep(turn, lastMessage, context),
      )
      if (!called.ok) requireOpen(extension, 'turnEnd', called.message)
      else if (called.value.length > 0) wanted.push({ source: extension.id, given: called.value })
    }
    return wanted
  }

  #call<K extends keyof Interceptors, T>(
    kind: K,
    extension: Extension,
    site: ContributorSite,
    read: (value: unknown) => T,
    invoke: (context: ContributorContext) => unknown,
  ): Called<T> | Promise<Called<T>> {
    return this.#run.call({ extension, kind, deadlineMs: INTERCEPTOR_MS, site, invoke, read })
  }
}

function isClosed(extension: Extension, kind: keyof Interceptors): boolean {
  return (extension.onFailure?.[kind] ?? (GUARDS.has(kind) ? 'closed' : 'open')) === 'closed'
}

/** Where there is nothing to decline, a closed one ends the turn. */
function requireOpen(extension: Extension, kind: keyof Interceptors, message: string): void {
  if (isClosed(extension, kind)) throw new TurnError('contributor_failed', message, { data: { extension: extension.id, kind } })
}

function laid(content: InterceptedOutput['content'], verdict: PostToolUseVerdict): InterceptedOutput['content'] {
  if (verdict.kind === 'keep') return content
  if (verdict.kind === 'replace') return verdict.content
  if (typeof content === 'string') return content === '' ? verdict.text : `${content}\n${verdict.text}`
  return [...content, { type: 'input_text', text: verdict.text }]
}
