import { CancelledError, describeError } from '@octavo/base'
import type { OctavoError } from '@octavo/base'
import type { Extension, ExtensionState, ThreadHost, ToolHandler, WorldStateSection } from '@octavo/extension-api'
import type { TurnSummary, UserInput } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'

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
  async tools(): Promise<readonly { readonly source: string; readonly handlers: readonly ToolHandler[] }[]> {
    const offered: { source: string; handlers: readonly ToolHandler[] }[] = []
    for (const extension of this.#extensions) {
      const { tools } = extension.contributes
      if (tools === undefined) continue
      const handlers = await this.#ask(extension, [] as readonly ToolHandler[], async () =>
        'tools' in tools ? await tools.tools() : tools,
      )
      offered.push({ source: extension.id, handlers })
    }
    return offered
  }

  async threadStarted(host: ThreadHost, state: ExtensionState): Promise<void> {
    await this.#each((contributes) => contributes.threadLifecycle?.started?.(host, state))
  }

  async threadStopped(host: ThreadHost, state: ExtensionState): Promise<void> {
    await this.#each((contributes) => contributes.threadLifecycle?.stopped?.(host, state))
  }

  async turnStarted(turn: TurnSummary, state: ExtensionState): Promise<void> {
    await this.#each((contributes) => contributes.turnLifecycle?.started?.(turn, state))
  }

  async turnEnded(turn: TurnSummary, error: OctavoError | null, state: ExtensionState): Promise<void> {
    await this.#each((contributes) => contributes.turnLifecycle?.ended?.(turn, error, state))
  }

  /** Input of those who ask for one more step; empty lets the turn end. */
  async wantsAnotherStep(turn: TurnSummary, lastMessage: string | null, signal: AbortSignal): Promise<readonly UserInput[]> {
    const wanted: UserInput[] = []
    for (const extension of this.#extensions) {
      const { turnEnd } = extension.contributes
      if (turnEnd === undefined) continue
      wanted.push(
        ...(await this.#ask(extension, [] as readonly UserInput[], async () => await turnEnd.wantsAnotherStep(turn, lastMessage, signal))),
      )
    }
    return wanted
  }

  sectionFailed(section: WorldStateSection, error: unknown): void {
    const owner = this.#extensions.find(({ contributes }) => contributes.worldState?.includes(section))
    this.#failed(owner ?? { id: section.id, contributes: {} }, error)
  }

  async #each(call: (contributes: Extension['contributes']) => unknown): Promise<void> {
    for (const extension of this.#extensions) await this.#ask(extension, undefined, async () => void (await call(extension.contributes)))
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
