import type { Clock, JsonValue, OctavoError } from '@octavo/base'
import type {
  ContributorContext,
  ContributorKind,
  Contributors,
  Extension,
  ExtensionHealth,
  McpServerContribution,
  ObservedCall,
  ObservedOutcome,
  Observers,
  PromptFragment,
  SkillInvocation,
  ThreadHost,
  TokenUsageObserver,
  ToolHandler,
  ToolRegistry,
  TurnTaskHost,
  TurnTasks,
  WorldStateInput,
  WorldStateSection,
} from '@octavo/extension-api'
import type { OpOf, SettingsOverrides, ThreadSettings, TurnItem, TurnSummary, UserInput } from '@octavo/protocol'
import { createToolRegistry } from '../tools/registry.ts'
import { Interceptions } from './interceptions.ts'
import { Members } from './members.ts'
import type { Member } from './members.ts'
import { ContributorRun } from './run.ts'
import type { Called, ContributorSite, WarnOf } from './run.ts'
import {
  ignored,
  json,
  listOf,
  mcpServers,
  promptFragment,
  requireHandlers,
  sameItem,
  settingsOverrides,
  text,
  textOrNull,
} from './shapes.ts'

export type { ContributorSite } from './run.ts'

/** Milliseconds a call may take, unless its extension says otherwise. */
const OBSERVER_MS = 1_000
const PROVIDER_MS = 2_000
/** For what happens once, at the start of a thread or a turn. */
const START_MS = 10_000

const NO_TOOLS: readonly ToolHandler[] = []

/** The work of a turn that an extension does. */
export interface TurnTask {
  readonly source: string
  /** `working`: told the extension's own promise, which goes on for a moment after a cut to leave history as it should be. */
  readonly run: (
    op: OpOf<'review'>,
    host: TurnTaskHost,
    site: ContributorSite,
    working: (work: Promise<unknown>) => void,
  ) => Promise<string | null>
}

/** What one extension gave. */
export interface Given<T> {
  readonly source: string
  readonly given: T
}

/** What the extensions of one thread offer, called by {@link ContributorRun} at the places where the engine asks for it. */
export class ContributorHost {
  readonly #members: Members
  readonly #run: ContributorRun
  readonly #extensions: readonly Extension[]
  readonly #owners = new Map<WorldStateSection, Extension>()
  #lastTools: { readonly lists: readonly (readonly ToolHandler[])[]; readonly registry: ToolRegistry } | null = null
  readonly sections: readonly WorldStateSection[]
  readonly intercept: Interceptions

  /** `own`: what the engine itself tells the model; not an extension of the host's. */
  constructor(own: Extension, extensions: readonly Extension[], clock: Clock, warn: WarnOf) {
    this.#extensions = extensions
    this.#members = new Members([own, ...extensions])
    this.#run = new ContributorRun(clock, warn)
    this.intercept = new Interceptions(this.#members, this.#run)
    for (const { extension, offer } of this.#members.of('worldState')) for (const section of offer) this.#owners.set(section, extension)
    this.sections = [...this.#owners.keys()]
  }

  /** True when somebody offers it. */
  has(kind: ContributorKind): boolean {
    return this.#members.of(kind).length > 0
  }

  health(): readonly ExtensionHealth[] {
    return this.#run.health(this.#extensions)
  }

  async threadStarted(hostOf: (extensionId: string) => ThreadHost, resumed: boolean, site: ContributorSite): Promise<void> {
    await this.#tell('threadLifecycle', 'started', START_MS, site, (offer, context) =>
      offer.started?.(hostOf(context.extensionId), context),
    )
    if (!resumed) return
    await this.#tell('threadLifecycle', 'resumed', START_MS, site, (offer, context) =>
      offer.resumed?.(hostOf(context.extensionId), context),
    )
  }

  async threadIdle(cause: 'completed' | 'failed' | 'interrupted', site: ContributorSite): Promise<void> {
    await this.#tell('threadLifecycle', 'idle', OBSERVER_MS, site, (offer, context) => offer.idle?.(cause, context))
  }

  async threadStopped(site: ContributorSite): Promise<void> {
    await this.#tell('threadLifecycle', 'stopped', OBSERVER_MS, site, (offer, context) => offer.stopped?.(context))
  }

  async turnStarted(turn: TurnSummary, site: ContributorSite): Promise<void> {
    await this.#tell('turnLifecycle', 'started', START_MS, site, (offer, context) => offer.started?.(turn, context))
  }

  async turnEnded(turn: TurnSummary, error: OctavoError | null, site: ContributorSite): Promise<void> {
    if (turn.status === 'interrupted') {
      return await this.#tell('turnLifecycle', 'aborted', OBSERVER_MS, site, (offer, context) => offer.aborted?.(turn, context))
    }
    if (error !== null) {
      await this.#tell('turnLifecycle', 'failed', OBSERVER_MS, site, (offer, context) => offer.failed?.(turn, error, context))
    }
    await this.#tell('turnLifecycle', 'stopped', OBSERVER_MS, site, (offer, context) => offer.stopped?.(turn, context))
  }

  async toolStarted(call: ObservedCall, site: ContributorSite): Promise<void> {
    await this.#tell('toolLifecycle', 'started', OBSERVER_MS, site, (offer, context) => offer.started?.(call, context))
  }

  async toolFinished(call: ObservedCall, outcome: ObservedOutcome, site: ContributorSite): Promise<void> {
    await this.#tell('toolLifecycle', 'finished', OBSERVER_MS, site, (offer, context) => offer.finished?.(call, outcome, context))
  }

  async usageReported(usage: Parameters<TokenUsageObserver['used']>[0], site: ContributorSite): Promise<void> {
    await this.#tell('tokenUsage', 'used', OBSERVER_MS, site, (offer, context) => offer.used(usage, context))
  }

  async skillInvoked(skill: Parameters<SkillInvocation['invoked']>[0], site: ContributorSite): Promise<void> {
    await this.#tell('skillInvocation', 'invoked', OBSERVER_MS, site, (offer, context) => offer.invoked(skill, context))
  }

  async settingsChanged(previous: ThreadSettings, next: ThreadSettings, site: ContributorSite): Promise<void> {
    await this.#tell('settings', 'changed', OBSERVER_MS, site, (offer, context) => offer.changed(previous, next, context))
  }

  /** Words for the context of the thread, or for that of one turn; in registration order. */
  async fragments(part: 'thread' | 'turn', site: ContributorSite): Promise<readonly Given<readonly PromptFragment[]>[]> {
    const asked = this.#members.of('context').filter(({ offer }) => offer[part] !== undefined)
    return await this.#gather('context', asked, site, listOf('fragments', promptFragment), (offer, context) => offer[part]?.(context))
  }

  /** Words that go with one input, in registration order. */
  async turnInput(input: readonly UserInput[], site: ContributorSite): Promise<readonly Given<readonly string[]>[]> {
    return await this.#gather('turnInput', this.#members.of('turnInput'), site, listOf('texts', text), (offer, context) =>
      offer.contribute(input, context),
    )
  }

  /** State of one section. */
  async capture(section: WorldStateSection, input: WorldStateInput, site: ContributorSite): Promise<Called<JsonValue>> {
    return await this.#run.call({
      ...this.#sectionCall(section, site),
      read: json,
      invoke: (context) =>
        section.capture({
          ...input,
          get signal() {
            return context.signal
          },
        }),
    })
  }

  /** Words of one section. */
  render(section: WorldStateSection, current: JsonValue, previous: JsonValue | undefined, site: ContributorSite): Called<string | null> {
    return this.#run.callNow({ ...this.#sectionCall(section, site), read: textOrNull, invoke: () => section.render(current, previous) })
  }

  /** Tools of every extension. The same registry while every extension gives the same arrays. */
  async registry(site: ContributorSite): Promise<ToolRegistry> {
    const members = this.#members.of('tools')
    const offers = await Promise.all(
      members.map(async (member) => (Array.isArray(member.offer) ? offered(member.offer) : this.#ask(member, site))),
    )
    const lists = offers.map((called) => (called.ok ? called.value : NO_TOOLS))
    const last = this.#lastTools
    if (last !== null && lists.every((list, at) => list === last.lists[at])) return last.registry
    let registry = createToolRegistry()
    for (const [at, { extension }] of members.entries()) {
      // A name that somebody else has is the fault of who comes later.
      const invoke = (): ToolRegistry => registry.with(lists[at] ?? NO_TOOLS, extension.id)
      const called = this.#run.callNow({ extension, kind: 'tools', part: 'names', deadlineMs: PROVIDER_MS, site, invoke, read: asRegistry })
      if (called.ok) registry = called.value
    }
    this.#lastTools = { lists, registry }
    return registry
  }

  /** Servers by name: the last to name one counts, and null takes it away. */
  async mcpServers(site: ContributorSite): Promise<readonly McpServerContribution[]> {
    const given = await this.#gather('mcpServers', this.#members.of('mcpServers'), site, mcpServers, (offer, context) =>
      offer.servers(context),
    )
    const byName = new Map<string, McpServerContribution>()
    for (const server of given.flatMap((each) => each.given)) {
      if (server.config === null) byName.delete(server.name)
      else byName.set(server.name, server)
    }
    return [...byName.values()]
  }

  /** The settings a thread is loaded with, before its starter's own; `lay` puts an override on top and throws for one that cannot be. */
  async settings(
    defaults: ThreadSettings,
    lay: (settings: ThreadSettings, overrides: SettingsOverrides) => ThreadSettings,
    site: ContributorSite,
  ): Promise<ThreadSettings> {
    const read = (value: unknown): SettingsOverrides => {
      const overrides = settingsOverrides(value, defaults)
      lay(defaults, overrides)
      return overrides
    }
    const given = await this.#gather('config', this.#members.of('config'), site, read, (offer, context) =>
      offer.settings(defaults, context),
    )
    return given.reduce((settings, { given: overrides }) => lay(settings, overrides), defaults)
  }

  /**
   * The work of a turn of this kind, by the extension that offers it; null when none does. It has no deadline, and what it throws is the
   * error of the turn.
   */
  turnTask(kind: keyof TurnTasks): TurnTask | null {
    for (const { extension, offer } of this.#members.of('turnTasks')) {
      const work = offer[kind]
      if (work === undefined) continue
      return {
        source: extension.id,
        run: async (op, host, site, working) => {
          // Its failure is the turn's, as if it were required.
          const required = { ...extension, required: true, deadlineMs: { turnTasks: Infinity } }
          const invoke = (context: ContributorContext): unknown => {
            const made = Promise.resolve(work(op, host, context))
            working(made)
            return made
          }
          const called = await this.#run.call({
            extension: required,
            kind: 'turnTasks',
            deadlineMs: Infinity,
            site,
            invoke,
            read: textOrNull,
          })
          return called.ok ? called.value : null
        },
      }
    }
    return null
  }

  /** True while messages and reasoning wait until somebody has rewritten them. */
  get rewritesItems(): boolean {
    return this.#members.of('turnItems').some(({ offer }) => offer.rewrites)
  }

  /** An item of the model as clients are to see it. */
  turnItem(item: TurnItem, site: ContributorSite): TurnItem {
    let shown = item
    for (const { extension, offer } of this.#members.of('turnItems')) {
      const given = shown
      const called = this.#run.callNow({
        extension,
        kind: 'turnItems',
        deadlineMs: PROVIDER_MS,
        site,
        invoke: (context) => offer.item(given, context),
        read: (value) => streamed(given, sameItem(given)(value), offer.rewrites),
      })
      if (called.ok) shown = called.value
    }
    return shown
  }

  #sectionCall(section: WorldStateSection, site: ContributorSite) {
    const extension = this.#owners.get(section) ?? { id: section.id, contributes: {} }
    return { extension, kind: 'worldState', part: section.id, deadlineMs: PROVIDER_MS, site } as const
  }

  #ask(
    { extension, offer }: Member<'tools'>,
    site: ContributorSite,
  ): Called<readonly ToolHandler[]> | Promise<Called<readonly ToolHandler[]>> {
    return this.#run.call({
      extension,
      kind: 'tools',
      deadlineMs: PROVIDER_MS,
      site,
      invoke: (context) => ('tools' in offer ? offer.tools(context) : offer),
      // The same array is looked at once.
      read: (value) => this.#lastTools?.lists.find((list) => list === value) ?? requireHandlers(value),
    })
  }

  /** Calls those who have the method, in order, and waits for them together. Of several that are required, the first that failed counts. */
  async #tell<K extends keyof Observers>(
    kind: K,
    method: string,
    deadlineMs: number,
    site: ContributorSite,
    invoke: (offer: Contributors[K], context: ContributorContext) => unknown,
  ): Promise<void> {
    const members = this.#members.of(kind).filter(({ offer }) => method in offer)
    if (members.length === 0) return
    const calls = members.map(async ({ extension, offer }) =>
      this.#run.call({ extension, kind, deadlineMs, site, invoke: (context) => invoke(offer, context), read: ignored }),
    )
    for (const called of await Promise.allSettled(calls)) if (called.status === 'rejected') throw called.reason
  }

  /** Asks all at once; what they give stands in registration order. */
  async #gather<K extends ContributorKind, T>(
    kind: K,
    members: readonly Member<K>[],
    site: ContributorSite,
    read: (value: unknown) => T,
    invoke: (offer: Contributors[K], context: ContributorContext) => unknown,
  ): Promise<readonly Given<T>[]> {
    if (members.length === 0) return []
    const calls = members.map(async ({ extension, offer }) => ({
      source: extension.id,
      called: await this.#run.call({ extension, kind, deadlineMs: PROVIDER_MS, site, invoke: (context) => invoke(offer, context), read }),
    }))
    const settled = await Promise.allSettled(calls)
    return settled.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason
      const { source, called } = each.value
      return called.ok ? [{ source, given: called.value }] : []
    })
  }
}

function offered(handlers: readonly ToolHandler[]): Called<readonly ToolHandler[]> {
  return { ok: true, value: handlers }
}

function asRegistry(value: unknown): ToolRegistry {
  return value as ToolRegistry // it comes from a registry of ours
}

/** What was streamed to clients already stays as it was said. */
function streamed(given: TurnItem, shown: TurnItem, rewrites: boolean): TurnItem {
  const isSame = rewrites || textOf(given) === textOf(shown)
  if (!isSame) throw new TypeError('it changed words that were streamed; say `rewrites: true`')
  return shown
}

function textOf(item: TurnItem): string | null {
  if (item.type === 'agentMessage') return item.text
  return item.type === 'reasoning' ? JSON.stringify([item.summary, item.raw]) : null
}
