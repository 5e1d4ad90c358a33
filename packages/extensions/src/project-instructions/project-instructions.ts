import { type AbsolutePath, describeError, type JsonValue, throwIfCancelled } from '@octavo/base'
import { defineExtension, type Extension, type ThreadHost, type WorldStateInput } from '@octavo/extension-api'
import type { ThreadId, TurnId } from '@octavo/protocol'
import { collectProject, collectUser } from './collect.ts'
import { FileCache } from './file-cache.ts'
import { findRoot } from './folders.ts'
import { joinInstructions, renderInstructions } from './render.ts'

export interface ProjectInstructionsOptions {
  /** Bytes of all files of the project together; 0: none are read. The user's own file does not count. */
  readonly maxBytes: number
  /** Names tried in a directory that has neither `AGENTS.override.md` nor `AGENTS.md`. */
  readonly fallbackFilenames: readonly string[]
  /** Names that mark the root of a project, such as `.git`. None: only the working directory is looked at. */
  readonly rootMarkers: readonly string[]
  /** Directories that may hold the user's own `AGENTS.md`; the first file with any text in it counts. */
  readonly userFolders: readonly AbsolutePath[]
}

/**
 * Shows the model the `AGENTS.md` files of the user and of the project, from its root down to the working directory, and says so when
 * they change. They are looked at once per step; a file whose size and time stayed is not read again. What cannot be read is told as a
 * warning, once per thread.
 */
export function projectInstructions(options: ProjectInstructionsOptions): Extension {
  const threads = new Map<ThreadId, ThreadInstructions>()
  const ofThread = (id: ThreadId): ThreadInstructions => {
    const known = threads.get(id) ?? new ThreadInstructions(options)
    threads.set(id, known)
    return known
  }
  return defineExtension({
    id: 'project-instructions',
    contributes: {
      threadLifecycle: {
        started: (host) => ofThread(host.threadId).attach(host),
        stopped: ({ threadId }) => void threads.delete(threadId),
      },
      worldState: [
        { id: 'agents_md', slot: 'user', capture: (input) => ofThread(input.threadId).capture(input), render: renderInstructions },
      ],
    },
  })
}

/** What one thread remembers between its steps. */
class ThreadInstructions {
  readonly #options: ProjectInstructionsOptions
  readonly #cache = new FileCache()
  readonly #warned = new Set<string>()
  #host: ThreadHost | null = null
  #root: { readonly turnId: TurnId | null; readonly cwd: AbsolutePath; readonly path: AbsolutePath } | null = null

  constructor(options: ProjectInstructionsOptions) {
    this.#options = options
  }

  attach(host: ThreadHost): void {
    this.#host = host
  }

  async capture({ files, cwd, turnId, signal }: WorldStateInput): Promise<JsonValue | null> {
    const { maxBytes, fallbackFilenames, rootMarkers, userFolders } = this.#options
    // A project does not move within a turn, and this walk goes all the way up.
    if (turnId === null || this.#root?.turnId !== turnId || this.#root.cwd !== cwd)
      this.#root = { turnId, cwd, path: await findRoot(files, cwd, rootMarkers) }
    const root = this.#root.path
    throwIfCancelled(signal)
    const read = this.#cache.reader(files)
    const user = await this.#attempt(signal, null, () => collectUser(read, userFolders))
    const project = await this.#attempt(signal, [], async () => {
      const { texts, cut } = await collectProject(read, { root, cwd, maxBytes, fallbackFilenames })
      if (cut !== null)
        this.#warn(`${cut} is cut: the AGENTS.md files of this project are over ${maxBytes} bytes; raise project_doc_max_bytes`)
      return texts
    })
    this.#cache.forgetUnused()
    const text = joinInstructions(user, project)
    return text === null ? null : { directory: cwd, text }
  }

  /** Instructions that cannot be read must not stop the work; nor may that go unsaid. */
  async #attempt<T>(signal: AbortSignal, fallback: T, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throwIfCancelled(signal)
      this.#warn(`project instructions are left out: ${describeError(error)}`)
      return fallback
    }
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#host?.warn(message)
  }
}
