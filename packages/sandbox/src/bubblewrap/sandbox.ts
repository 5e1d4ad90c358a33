import { realpath } from 'node:fs/promises'
import { AbsolutePath, type Clock, joinPath, throwIfCancelled } from '@octavo/base'
import type { CommandSpec, PreparedCommand, Sandbox, SandboxGrant, SandboxStatus } from '@octavo/extension-api'
import { classifyDenial } from '../denial.ts'
import { asIs } from '../none.ts'
import { createPlaceholders, type Placeholders } from '../placeholders.ts'
import { buildFilter } from '../seccomp/filter.ts'
import { SandboxError } from '../sandbox-error.ts'
import { wrapArguments } from './arguments.ts'
import { endProcess, findCommand, type ProcessIdentity, readSandboxInit } from './inner-process.ts'
import { findPrograms, firstOutside, type Program } from './lookup.ts'
import { type MountPlan, planMounts } from './mounts.ts'
import { createNameFinder, type NameFinder } from './protected-names.ts'
import { tryProgram } from './probe.ts'
import { keepFromWrapper, resetForCommand } from './terminal.ts'

export interface BubblewrapOptions {
  /** Where `bwrap` is looked for. */
  readonly searchPath: string
  /** A `bwrap` in here is not trusted: the workspace. */
  readonly cwd: AbsolutePath
  /** Nor one in these: what commands may write besides. */
  readonly writable: readonly AbsolutePath[]
  /** Null keeps the journal of placeholders in memory. */
  readonly home: AbsolutePath | null
  /** Of the processor, as Node names it. */
  readonly architecture: string
  readonly clock: Clock
}

/** Confines commands with bubblewrap: read-only but for the grant, processes of their own, and no network unless granted. */
export function createBubblewrap(options: BubblewrapOptions): Sandbox {
  return new Bubblewrap(options)
}

const reportFd = 3
const filterFd = 4

class Bubblewrap implements Sandbox {
  readonly kind = 'bubblewrap'
  readonly #options: BubblewrapOptions
  readonly #placeholders: Placeholders
  readonly #filters: Filters | null
  readonly #names: NameFinder
  #programs: Promise<readonly Program[]> | null = null
  #status: SandboxStatus | null = null

  constructor(options: BubblewrapOptions) {
    this.#options = options
    this.#placeholders = createPlaceholders(options.home === null ? null : joinPath(options.home, 'sandbox-placeholders.sqlite'))
    this.#names = createNameFinder(options.clock)
    this.#filters = filtersFor(options.architecture)
  }

  async probe(signal: AbortSignal): Promise<SandboxStatus> {
    throwIfCancelled(signal)
    this.#status ??= await this.#ask(signal)
    return this.#status
  }

  async #ask(signal: AbortSignal): Promise<SandboxStatus> {
    this.#placeholders.recover()
    const reason = await this.#findObstacle(signal)
    return { kind: this.kind, working: reason === null, reason }
  }

  async #findObstacle(signal: AbortSignal): Promise<string | null> {
    if (this.#filters === null) return this.#noFilter()
    const found = await this.#findProgram([])
    return typeof found === 'string' ? found : await tryProgram(found, this.#filters.withoutNetwork, this.#options.clock, signal)
  }

  #noFilter(): string {
    return `the system calls of ${this.#options.architecture} processors are not known here, so they cannot be filtered`
  }

  async prepare(command: CommandSpec, grant: SandboxGrant, signal: AbortSignal): Promise<PreparedCommand> {
    throwIfCancelled(signal)
    const isOpen = grant.write === 'all' && grant.network === 'enabled' && grant.deny.length === 0
    if (grant.enforcement === 'none' || isOpen) return asIs(command)
    const program = await this.#findProgram([command.cwd, ...(grant.write === 'all' ? [] : grant.write.map(({ root }) => root))])
    if (typeof program === 'string') throw new SandboxError('sandbox_unavailable', `no working sandbox: ${program}`)
    if (this.#filters === null) throw new SandboxError('sandbox_unavailable', `no working sandbox: ${this.#noFilter()}`)
    const terminal = command.terminal === true
    const [plan, cwd, outer, inner] = await Promise.all([
      planMounts(grant, (root, names) => this.#names.find(root, names, signal)),
      resolveDirectory(command.cwd),
      terminal ? keepFromWrapper() : [],
      terminal ? resetForCommand() : [],
    ])
    throwIfCancelled(signal)
    const hasNetwork = grant.network === 'enabled'
    const wrap = wrapArguments({ plan, cwd, hasNetwork, terminal, reportFd, filterFd })
    return new ConfinedCommand(
      {
        argv: [...outer, program.path, ...wrap, ...inner, ...command.argv],
        cwd: command.cwd,
        env: hasNetwork ? command.env : new Map([...command.env, ['CODEX_SANDBOX_NETWORK_DISABLED', '1']]),
        descriptors: [
          ...command.descriptors,
          { fd: reportFd, kind: 'report' },
          { fd: filterFd, kind: 'bytes', bytes: hasNetwork ? this.#filters.withNetwork : this.#filters.withoutNetwork },
        ],
        terminal,
      },
      {
        release: this.#placeholders.acquire(plan.missing),
        ended: () => plan.searched.forEach((root) => this.#names.refresh(root)),
        clock: this.#options.clock,
        notice: noticeOf(plan),
      },
    )
  }

  classify(...question: Parameters<Sandbox['classify']>): ReturnType<Sandbox['classify']> {
    return classifyDenial(...question)
  }

  /** The program, or why there is none. */
  async #findProgram(writable: readonly AbsolutePath[]): Promise<Program | string> {
    this.#programs ??= findPrograms('bwrap', this.#options.searchPath)
    const programs = await this.#programs
    const [first] = programs
    if (first === undefined) return 'bubblewrap is not installed; on Debian and Ubuntu: apt-get install bubblewrap'
    const suspect = [this.#options.cwd, ...this.#options.writable, ...writable]
    return (
      firstOutside(programs, suspect) ??
      `the only bwrap on PATH, ${first.path}, could have been written by a command; install one outside the workspace and other writable directories`
    )
  }
}

interface Filters {
  readonly withNetwork: Uint8Array
  readonly withoutNetwork: Uint8Array
}

function filtersFor(architecture: string): Filters | null {
  if (architecture !== 'x64' && architecture !== 'arm64') return null
  return { withNetwork: buildFilter({ architecture, hasNetwork: true }), withoutNetwork: buildFilter({ architecture, hasNetwork: false }) }
}

async function resolveDirectory(cwd: AbsolutePath): Promise<AbsolutePath> {
  try {
    return AbsolutePath.from(await realpath(cwd))
  } catch (cause) {
    throw new SandboxError('sandbox_unenforceable', `cannot enter working directory ${cwd}`, { data: { path: cwd }, cause })
  }
}

function noticeOf({ cut }: MountPlan): string | null {
  if (cut.length === 0) return null
  return `not all of ${cut.join(', ')} could be searched for .git directories in time: those that lie deepest may be written by this command`
}

interface Ending {
  /** Gives back the placeholders. */
  readonly release: () => void
  /** Called when all is over. */
  readonly ended: () => void
  readonly clock: Clock
  readonly notice: string | null
}

class ConfinedCommand implements PreparedCommand {
  readonly spec: CommandSpec
  readonly notice: string | null
  readonly #ending: Ending
  #init: ProcessIdentity | null = null

  constructor(spec: CommandSpec, ending: Ending) {
    this.spec = spec
    this.notice = ending.notice
    this.#ending = ending
  }

  signalTarget(report: string): number | null {
    this.#init ??= readSandboxInit(report)
    const command = this.#init === null ? null : findCommand(this.#init)
    // In a session of its own the command is in the group of the reaper before it, which hears no polite signal itself.
    return command === null || this.spec.terminal === true ? command : (this.#init?.pid ?? null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Removing a placeholder lifts its mount, which must not happen while anything still runs below it.
    if (this.#init !== null) await endProcess(this.#init, this.#ending.clock)
    this.#ending.release()
    this.#ending.ended()
  }
}
