import { AbsolutePath, type Clock, systemClock, systemRandom } from '@octavo/base'
import type {
  Approver,
  Extension,
  ModelPrice,
  ModelProvider,
  SandboxStatus,
  ThreadStore,
  ToolHandler,
  Workspace,
} from '@octavo/extension-api'
import { answersTo } from '@octavo/core'
import { review } from '@octavo/extensions/review'
import { createPolicy } from '@octavo/policy'
import {
  type EnvironmentId,
  type ApprovalPolicy,
  type IdGenerator,
  type PermissionProfile,
  type RequestKind,
  profileOfSandboxPolicy,
  type ThreadSettings,
  PLAIN_SETTINGS,
} from '@octavo/protocol'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { builtInTools, createImagePreparer, multiAgent, type MultiAgentOptions } from '@octavo/tools'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { systemIds } from '../ids.ts'
import { BASE_INSTRUCTIONS } from '../instructions.ts'
import type { Preset } from '../preset.ts'
import { VERSION } from '../version.ts'

/** What a program gives to run agents inside itself. */
export interface EmbeddedOptions {
  /** Answers for every thread. The engine disposes what it gets from it, never the provider. */
  readonly model: ModelProvider
  /** Which of its models; default: the first it lists. */
  readonly modelName?: string
  /** Offered beside the built-in ones. */
  readonly tools?: readonly ToolHandler[]
  readonly extensions?: readonly Extension[]
  /** Lets the model start agents beside itself; `true`: as {@link multiAgent} does by default. Default: it has none. */
  readonly agents?: boolean | MultiAgentOptions
  /** Asked in order before anything that needs it; none: denied at once. */
  readonly approvers?: readonly Approver[]
  /**
   * Which requests the program answers by `answer` ops of a thread, when no approver has: those wait and are listed. Default: none, so
   * that what nobody answers is refused at once.
   */
  readonly answers?: boolean | readonly RequestKind[]
  /** Absolute; default `/`. */
  readonly cwd?: string
  /**
   * Files and processes tools act on. Default: files in memory and no processes, one for each directory, and no built-in tools; with a
   * workspace the built-in ones are offered.
   */
  readonly workspace?: (cwd: AbsolutePath, environment: EnvironmentId | null) => Workspace
  /** How far the processes of `workspace` are confined; default: not at all. */
  readonly sandbox?: SandboxStatus
  /** Default: in memory, gone with the process. */
  readonly store?: ThreadStore
  /** Replaces the instructions of the engine. */
  readonly instructions?: string
  /** Default `on-request`. */
  readonly approvalPolicy?: ApprovalPolicy
  /** Default: writing under `cwd` and no network, or everything where there is nothing but memory. */
  readonly permissions?: PermissionProfile
  /** Whatever else new threads begin with. */
  readonly settings?: Partial<ThreadSettings>
  /** What models cost, by name, over what their provider says; a budget in US dollars needs one. */
  readonly prices?: Readonly<Record<string, ModelPrice>>
  readonly clock?: Clock
  readonly ids?: IdGenerator
}

const NO_SANDBOX: SandboxStatus = { kind: 'none', working: false, reason: 'the embedding program gave none' }

/**
 * An engine inside a program: it reads no environment variable, no configuration and no home, and touches only what it is given.
 *
 * ```ts
 * const octavo = await createOctavo(embedded({ model: provider, tools: [weather] }))
 * ```
 */
export function embedded(options: EmbeddedOptions): Preset {
  return {
    name: 'embedded',
    compose: async (scope) => {
      const { model, clock = systemClock, tools = [], extensions = [] } = options
      const cwd = AbsolutePath.from(options.cwd ?? '/')
      const handlers = [...(options.workspace === undefined ? [] : builtInTools()), ...tools]
      const own: Extension = { id: 'tools', required: true, contributes: { tools: handlers } }
      const modelName = options.modelName ?? (await model.listModels(scope.signal))[0]?.slug ?? ''
      return {
        ports: {
          clock,
          ids: options.ids ?? systemIds(clock),
          random: () => systemRandom.next(),
          today: () => null,
          store: options.store ?? scope.use(createMemoryStore({ clock })),
          providers: [model],
          workspace: options.workspace ?? memoryWorkspaces(clock),
          sandbox: options.sandbox ?? NO_SANDBOX,
          policy: createPolicy(),
          approvers: options.approvers ?? [],
          answers: answersTo(options.answers ?? false),
          extensions: [
            own,
            ...agentsOf(options),
            review({ permissions: options.sandbox?.working === true ? 'readOnly' : 'asParent' }),
            ...extensions,
          ],
          images: createImagePreparer(),
          facts: null,
          tmpdir: null,
          holder: { pid: null, host: 'embedded', name: 'octavo' },
        },
        defaults: {
          settings: { ...settingsOf(options, model.id, modelName, cwd), ...options.settings },
          baseInstructions: options.instructions ?? BASE_INSTRUCTIONS,
          developerInstructions: null,
          originator: 'octavo_embedded',
          version: VERSION,
          source: { custom: 'embedded' },
          contextWindow: null,
          toolOutputTokens: null,
          rawReasoning: false,
          ...(options.prices === undefined ? {} : { prices: options.prices }),
        },
        notices: [],
      }
    },
  }
}

function agentsOf({ agents = false }: EmbeddedOptions): readonly Extension[] {
  return agents === false ? [] : [multiAgent(agents === true ? {} : agents)]
}

/** One for each directory, for as long as the engine lives. */
function memoryWorkspaces(clock: Clock): (cwd: AbsolutePath) => Workspace {
  const made = new Map<AbsolutePath, Workspace>()
  return (cwd) => {
    const workspace = made.get(cwd) ?? createMemoryWorkspace(cwd, { clock })
    made.set(cwd, workspace)
    return workspace
  }
}

function settingsOf(options: EmbeddedOptions, provider: string, model: string, cwd: AbsolutePath): ThreadSettings {
  const nothingToGuard: PermissionProfile = { type: 'disabled' }
  return {
    provider,
    model,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    approvalPolicy: options.approvalPolicy ?? 'on-request',
    permissions: options.permissions ?? (options.workspace === undefined ? nothingToGuard : confined),
    cwd,
    workspaceRoots: [cwd],
    ...PLAIN_SETTINGS,
  }
}

const confined: PermissionProfile = profileOfSandboxPolicy({
  type: 'workspace-write',
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: true,
})
