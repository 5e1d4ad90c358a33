import { hostname, release, type } from 'node:os'
import { AbsolutePath, type Scope, systemClock, UsageError } from '@octavo/base'
import { requireModel } from '@octavo/config'
import type { EngineDefaults, EnginePorts } from '@octavo/core'
import type {
  Approver,
  Extension,
  ModelPrice,
  ModelProvider,
  SandboxStatus,
  ToolHandler,
  Workspace,
  WorkspaceFacts,
} from '@octavo/extension-api'
import { projectInstructions } from '@octavo/extensions/project-instructions'
import { review } from '@octavo/extensions/review'
import { type EnvironmentId, type ThreadSettings, PLAIN_SETTINGS } from '@octavo/protocol'
import type { SessionSource } from '@octavo/protocol/rollout'
import { createJsonlStore } from '@octavo/thread-store'
import { builtInTools, createImagePreparer, multiAgent } from '@octavo/tools'
import { createGit, createLocalFacts, createLocalWorkspace, ProcessTable } from '@octavo/workspace/local'
import { systemIds } from '../ids.ts'
import { BASE_INSTRUCTIONS } from '../instructions.ts'
import type { Composition, Preset } from '../preset.ts'
import { VERSION } from '../version.ts'
import { type LocalConfig, toMap, type Variables } from './config.ts'
import { configuredProviders, proxyNotices, requireKey } from './providers.ts'
import { localPolicy, ruleNotices } from './policy.ts'
import { deviceRandom } from './random.ts'
import { localSandbox, temporaryDirectory } from './sandbox.ts'
import { localToday } from './today.ts'

/** The one environment of this host: itself. */
const LOCAL = 'local' as EnvironmentId

export interface LocalOptions {
  readonly config: LocalConfig
  /** Variables of this process: keys, proxies, and what commands inherit. */
  readonly environment: Variables
  /** Used instead of the configured ones; the first is that of new threads. The caller disposes them. */
  readonly providers?: readonly [ModelProvider, ...ModelProvider[]]
  /** Asked in order; none: what must be asked is denied at once. */
  readonly approvers?: readonly Approver[]
  /** Offered beside the built-in tools. */
  readonly tools?: readonly ToolHandler[]
  readonly extensions?: readonly Extension[]
  /** Threads will only be resumed, so the model may be theirs. */
  readonly resumes?: boolean
  /** What models cost, by name, over the price list of the catalogue; a budget in US dollars needs one. */
  readonly prices?: Readonly<Record<string, ModelPrice>>
  /** What processes may take to end in their own way when a thread closes, in milliseconds; default 2000. */
  readonly closeGraceMs?: number
  /** What new threads are said to come from; default `cli`. */
  readonly source?: SessionSource
  /** Of the program that runs; default that of this package. */
  readonly version?: string
}

/**
 * An engine on this machine: files and commands of the configured directory under the platform's sandbox, threads in the Octavo home,
 * the configured providers, and what the user and the project wrote down for the model.
 *
 * ```ts
 * const config = await readLocalConfig({ cwd: process.cwd(), environment: process.env })
 * await using octavo = await createOctavo(localPreset({ config, environment: process.env }))
 * ```
 */
export function localPreset(options: LocalOptions): Preset {
  return { name: 'local', compose: (scope) => compose(options, scope) }
}

async function compose(options: LocalOptions, scope: Scope): Promise<Composition> {
  const { config } = options
  const environment = toMap(options.environment)
  // Looked up before anything is made: a missing model or key is told at once.
  const defaults = defaultsOf(options, environment)
  if (options.providers === undefined) await requireKey(config, environment)
  const { workspace, probe, facts } = machine(config, environment, scope)
  const store = scope.use(createJsonlStore({ home: config.homes.octavoHome, codexHome: config.homes.codexHome }))
  const tools: Extension = { id: 'tools', required: true, contributes: { tools: [...builtInTools(), ...(options.tools ?? [])] } }
  const random = deviceRandom()
  const policy = localPolicy(config)
  const ports: EnginePorts = {
    clock: systemClock,
    ids: systemIds(systemClock, random),
    random: () => random.next(),
    today: () => localToday(systemClock.now(), environment),
    store,
    providers:
      options.providers ??
      configuredProviders(config, { environment, ...namesOf(options, environment) }).map((provider) => scope.use(provider)),
    workspace,
    sandbox: await probe,
    policy,
    approvers: options.approvers ?? [],
    extensions: [
      tools,
      instructionsOf(config),
      ...agentsOf(options),
      reviewOf(config, environment, await probe),
      ...(options.extensions ?? []),
    ],
    images: createImagePreparer(),
    facts,
    tmpdir: temporaryDirectory(environment),
    holder: { pid: process.pid, host: hostname(), name: options.source === 'exec' ? 'octavo exec' : 'octavo' },
  }
  return { ports, defaults, notices: [...config.warnings, ...ruleNotices(policy), ...proxyNotices(process.versions.node, environment)] }
}

/** What a new thread runs under. @throws ConfigError `no_model` */
function settingsOf({ config, providers, resumes = false }: LocalOptions): ThreadSettings {
  const [given] = providers ?? []
  return {
    provider: given?.id ?? config.provider.id,
    // A thread that is resumed brings its own.
    model: resumes ? (config.model ?? '') : requireModel(config),
    effort: config.effort,
    summary: config.summary,
    verbosity: config.verbosity,
    serviceTier: config.serviceTier,
    approvalPolicy: config.approvalPolicy,
    permissions: config.permissions,
    cwd: config.cwd,
    workspaceRoots: config.workspaceRoots,
    ...PLAIN_SETTINGS,
  }
}

function defaultsOf(options: LocalOptions, environment: ReadonlyMap<string, string>): EngineDefaults {
  const { config, source = 'cli' } = options
  return {
    settings: settingsOf(options),
    baseInstructions: config.baseInstructions ?? BASE_INSTRUCTIONS,
    developerInstructions: config.developerInstructions,
    originator: namesOf(options, environment).originator,
    version: options.version ?? VERSION,
    source,
    contextWindow: config.contextWindow,
    compactAtTokens: config.compactAtTokens,
    compactPrompt: config.compactPrompt,
    toolOutputTokens: config.toolOutputTokens,
    rawReasoning: config.showRawReasoning,
    delegates: { maxDepth: Math.max(1, config.agents.maxDepth), maxAlive: config.agents.maxThreads },
    ...(options.closeGraceMs === undefined ? {} : { closeGraceMs: options.closeGraceMs }),
    ...(options.prices === undefined ? {} : { prices: options.prices }),
  }
}

/** What servers and rollouts are told of who is asking. */
function namesOf(
  { source = 'cli', version = VERSION }: LocalOptions,
  environment: ReadonlyMap<string, string>,
): { readonly originator: string; readonly userAgent: string } {
  const kind = typeof source === 'string' ? source : 'embedded'
  const originator = environment.get('CODEX_INTERNAL_ORIGINATOR_OVERRIDE')?.trim() || `octavo_${kind}`
  return { originator, userAgent: `octavo/${version} (${type()} ${release()}; ${process.arch})` }
}

interface Machine {
  readonly workspace: EnginePorts['workspace']
  readonly probe: Promise<SandboxStatus>
  readonly facts: WorkspaceFacts
}

/** Files and processes of this machine. Closing the scope ends whatever still runs. */
function machine(config: LocalConfig, environment: ReadonlyMap<string, string>, scope: Scope): Machine {
  const strip = config.keyVariables
  const sandbox = localSandbox(config, environment)
  const table = new ProcessTable()
  scope.defer(() => table.endAll({ graceMs: 0 }))
  const workspaces = new Map<AbsolutePath, Workspace>()
  const workspace = (cwd: AbsolutePath, environmentId: EnvironmentId | null): Workspace => {
    if (environmentId !== null && environmentId !== LOCAL) {
      throw new UsageError('unknown_environment', `there is no environment ${environmentId}; this host has only ${LOCAL}`)
    }
    const known = workspaces.get(cwd) ?? createLocalWorkspace({ cwd, sandbox, environment, strip, table })
    workspaces.set(cwd, known)
    return known
  }
  return { workspace, probe: sandbox.probe(scope.signal), facts: createLocalFacts({ environment, strip }) }
}

/** Agents of the model's own, where it may have some. A program that ends with its first turn is not woken by them. */
function agentsOf({ config: { agents }, source }: LocalOptions): readonly Extension[] {
  if (!agents.enabled || agents.maxDepth === 0) return []
  return [multiAgent({ maxDepth: agents.maxDepth - 1, wake: source !== 'exec' })]
}

function reviewOf(config: LocalConfig, environment: ReadonlyMap<string, string>, sandbox: SandboxStatus): Extension {
  const git = createGit({ environment, strip: config.keyVariables })
  return review({
    model: config.reviewModel,
    // Without a sandbox nothing could be run under a narrower one; whoever started it that way has said so.
    permissions: sandbox.working ? 'readOnly' : 'asParent',
    mergeBase: async (branch, signal) =>
      (await git(config.cwd, ['merge-base', '--end-of-options', 'HEAD', branch], signal))?.trim() || null,
  })
}

function instructionsOf(config: LocalConfig): Extension {
  return projectInstructions({
    maxBytes: config.projectDocMaxBytes,
    fallbackFilenames: config.projectDocFallbackFilenames,
    rootMarkers: config.projectRootMarkers,
    userFolders: [config.homes.octavoHome, config.homes.codexHome],
  })
}
