import { createScope } from '@octavo/base'
import { createEngine, type ForkThreadOptions, type ResumeThreadOptions, type StartThreadOptions, type Thread } from '@octavo/core'
import type { SandboxStatus, ThreadStore } from '@octavo/extension-api'
import type { ThreadSettings } from '@octavo/protocol'
import type { Notice, Preset } from './preset.ts'
import { startupNotices } from './startup-notices.ts'
import { createThreads, type Threads } from './threads.ts'

/** An engine with everything it stands on. Disposing it ends its threads and their processes, flushes, and releases what was acquired. */
export interface Octavo extends AsyncDisposable {
  /** @throws StoreError when the store refuses; UsageError for a bad id, provider or directory */
  startThread(options?: StartThreadOptions): Promise<Thread>
  /** By id, in any spelling of a UUID, or by name. @throws StoreError `not_found`, `locked`, `unreadable` */
  resumeThread(idOrName: string, options?: ResumeThreadOptions): Promise<Thread>
  /** A new thread that continues another one's history. @throws StoreError as for a resume, and `unsupported` for a turn that has not ended */
  forkThread(idOrName: string, options?: ForkThreadOptions): Promise<Thread>
  readonly threads: Threads
  readonly store: ThreadStore
  /**
   * Changes what threads begin with; loaded ones follow from their next turn on, in what they were not given themselves. Who answers a loaded
   * thread and where it works stay. @throws UsageError `invalid_settings`, `unknown_provider`; nothing has changed then
   */
  refresh(settings: Partial<ThreadSettings>): void
  /** What new threads begin with. */
  readonly settings: ThreadSettings
  readonly sandbox: SandboxStatus
  readonly notices: readonly Notice[]
}

/**
 * Builds an engine as a preset says.
 *
 * ```ts
 * const config = await readLocalConfig({ cwd: process.cwd(), environment: process.env })
 * await using octavo = await createOctavo(localPreset({ config, environment: process.env }))
 * const thread = await octavo.startThread()
 * const { lastMessage } = await (await thread.run('What does this project do?')).done
 * ```
 *
 * @throws OctavoError of whatever the preset could not read or find; nothing is left behind then
 */
export async function createOctavo(preset: Preset): Promise<Octavo> {
  const scope = createScope(preset.name)
  try {
    const { ports, defaults, notices } = await preset.compose(scope)
    const extensions = notices.length === 0 ? ports.extensions : [startupNotices(notices), ...ports.extensions]
    const engine = scope.use(createEngine({ ...ports, extensions }, defaults))
    const threads = createThreads(engine, ports.store)
    let { settings } = defaults
    return {
      startThread: (options) => engine.startThread(options),
      resumeThread: async (idOrName, options) => engine.resumeThread(await threads.find(idOrName), options),
      forkThread: async (idOrName, options) => engine.forkThread(await threads.find(idOrName), options),
      threads,
      store: ports.store,
      refresh(changed) {
        settings = engine.refresh(changed)
      },
      get settings() {
        return settings
      },
      sandbox: ports.sandbox,
      notices,
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    }
  } catch (error) {
    await scope[Symbol.asyncDispose]()
    throw error
  }
}
