import { CancelledError, describeError } from '@octavo/base'
import type { OctavoError } from '@octavo/base'
import type { ContributorContext, Extension, ThreadHost, ToolHandler, WorldStateSection } from '@octavo/extension-api'
import type { TurnSummary, UserInput } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'

/** Where contributors are called: everything of their context but the extension. */
export type ContributorSite = Omit<ContributorContext, 'extensionId' | 'warn'>

/** Calls what extensions offer, in registration order. One that throws becomes a warning naming it, unless it is required. */
export class ContributorHost {
  readonly #extensions: readonly Extension[]
  readonly #warn: (code: string, message: string, source: string) => void
  readonly sections: readonly WorldStateSection[]

  constructor(extensions: readonly Extension[], warn: (code: string, message: string, source: string) => void) {
    this.#extensions = extensions
    this.#warn = warn
    this.sections = extensions.flatMap(({ contributes }) => contributes.worldState ?? [])
  }

  /** Tools of every extension with the extension that offers them. */
  async tools(site: ContributorSite): Promise<readonly { readonly source: string; readonly handlers: readonly ToolHandler[] }[]> {
    const offered: { source: string; handlers: readonly ToolHandler[] }[] = []
    for (const extension of this.#extensions) {
      const { tools } = extension.contributes
      if (tools === undefined) continue
      const handlers = await this.#ask(extension, [] as readonly ToolHandler[], async () =>
        'tools' in tools ? await tools.tools(this.#context(extension, site)) : tools,
      )
      offered.push({ source: extension.id, handlers })
    }
    return offered
  }

  async threadStarted(hostOf: (extensionId: string) => ThreadHost, resumed: boolean, site: ContributorSite): Promise<void> {
    await this.#each(site, ({ threadLifecycle }, context) => threadLifecycle?.started?.(hostOf(context.extensionId), context))
    if (resumed) await this.#each(site, ({ threadLifecycle }, context) => threadLifecycle?.resumed?.(hostOf(context.extensionId), context))
  }

  async threadStopped(site: ContributorSite): Promise<void> {
    await this.#each(site, ({ threadLifecycle }, context) => threadLifecycle?.stopped?.(context))
  }

  async turnStarted(turn: TurnSummary, site: ContributorSite): Promise<void> {
    await this.#each(site, ({ turnLifecycle }, context) => turnLifecycle?.started?.(turn, context))
  }

  async turnEnded(turn: TurnSummary, error: OctavoError | null, site: ContributorSite): Promise<void> {
    if (turn.status === 'interrupted') {
      return await this.#each(site, ({ turnLifecycle }, context) => turnLifecycle?.aborted?.(turn, context))
    }
    if (error !== null) await this.#each(site, ({ turnLifecycle }, context) => turnLifecycle?.failed?.(turn, error, context))
    await this.#each(site, ({ turnLifecycle }, context) => turnLifecycle?.stopped?.(turn, context))
  }

  /** Input of those who ask for one more step; empty lets the turn end. */
  async wantsAnotherStep(turn: TurnSummary, lastMessage: string | null, site: ContributorSite): Promise<readonly UserInput[]> {
    const wanted: UserInput[] = []
    for (const extension of this.#extensions) {
      const { turnEnd } = extension.contributes
      if (turnEnd === undefined) continue
      wanted.push(
        ...(await this.#ask(
          extension,
          [] as readonly UserInput[],
          async () => await turnEnd.wantsAnotherStep(turn, lastMessage, this.#context(extension, site)),
        )),
      )
    }
    return wanted
  }

  sectionFailed(section: WorldStateSection, error: unknown): void {
    const owner = this.#extensions.find(({ contributes }) => contributes.worldState?.includes(section))
    this.#failed(owner ?? { id: section.id, contributes: {} }, error)
  }

  #context({ id }: Extension, site: ContributorSite): ContributorContext {
    return { ...site, extensionId: id, warn: (message) => this.#warn('extension', message, id) }
  }

  async #each(site: ContributorSite, call: (contributes: Extension['contributes'], context: ContributorContext) => unknown): Promise<void> {
    for (const extension of this.#extensions) {
      await this.#ask(extension, undefined, async () => void (await call(extension.contributes, this.#context(extension, site))))
    }
  }

  async #ask<T>(extension: Extension, otherwise: T, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      this.#failed(extension, error)
      return otherwise
    }
  }

  #failed(extension: Extension, error: unknown): void {
    if (CancelledError.is(error)) throw error
    const message = `extension ${extension.id} failed: ${describeError(error)}`
    if (extension.required === true) throw new TurnError('contributor_failed', message, { cause: error })
    this.#warn('extension_failed', message, extension.id)
  }
}
