import { type AbsolutePath, deepFreeze } from '@octavo/base'
import type { ApprovalPolicy, ReasoningSummary, SandboxMode, SandboxPolicy, Verbosity } from '@octavo/protocol'
import type { ConfigFile, ModelSection } from '@octavo/protocol/config'
import { type AgentsConfig, agentsOf } from './agents.ts'
import { ConfigError, type ConfigWarning } from './error.ts'
import { type ConfigFiles, readText } from './files.ts'
import type { Homes } from './home.ts'
import { keyVariables } from './keys.ts'
import type { Layer } from './layers.ts'
import { describeOrigin, type Origin } from './origin.ts'
import type { ProviderConfig } from './provider-row.ts'
import { chooseProvider, isOpenAiUrl, type Locate, providerTable } from './providers.ts'
import { approvalPolicyOf, sandboxModeOf, sandboxPolicyOf } from './safety.ts'
import { valueAt } from './table.ts'
import type { TrustDecision } from './trust.ts'

/** Model of the OpenAI API when nobody names one. */
export const DEFAULT_MODEL = 'gpt-5.1-codex'

/** Everything the configuration says, frozen. The composition root cuts it into what each adapter takes. */
export interface ResolvedConfig {
  readonly homes: Homes
  readonly cwd: AbsolutePath
  /** Null when none is given and the provider is not OpenAI itself; see {@link requireModel}. */
  readonly model: string | null
  readonly provider: ProviderConfig
  /** All that can be chosen, built-in ones first. */
  readonly providers: readonly ProviderConfig[]
  readonly effort: string | null
  readonly summary: ReasoningSummary | null
  readonly verbosity: Verbosity | null
  readonly serviceTier: string | null
  readonly approvalPolicy: ApprovalPolicy
  readonly sandboxMode: SandboxMode
  readonly sandboxPolicy: SandboxPolicy
  readonly developerInstructions: string | null
  /** Replaces the engine's own; null leaves them. */
  readonly baseInstructions: string | null
  /** Tokens; null: what the catalogue says. */
  readonly contextWindow: number | null
  /** Tokens at which history is shortened; null: what the window says. */
  readonly compactAtTokens: number | null
  /** Asks for a summary; null leaves the engine's own words. */
  readonly compactPrompt: string | null
  /** Tokens; null: what the catalogue says. */
  readonly toolOutputTokens: number | null
  readonly projectDocMaxBytes: number
  readonly projectDocFallbackFilenames: readonly string[]
  readonly projectRootMarkers: readonly string[]
  /** Nearest directory with a marker; null outside of any project. */
  readonly projectRoot: AbsolutePath | null
  readonly showRawReasoning: boolean
  readonly hideReasoning: boolean
  readonly allowLoginShell: boolean
  readonly agents: AgentsConfig
  /** Model of reviewers; null: that of the thread. */
  readonly reviewModel: string | null
  readonly trust: TrustDecision
  /** Variables no child process may see, sorted. */
  readonly keyVariables: readonly string[]
  readonly warnings: readonly ConfigWarning[]
  /** Files that rules are read from, lowest first. They have not been opened. */
  readonly ruleFiles: readonly AbsolutePath[]
  /** Files that were read, lowest first. */
  readonly files: readonly AbsolutePath[]
  /** Where the value of a key comes from; `key` is split at every `.`, or given as a path. */
  originOf(key: string | readonly string[]): Origin
}

/** What {@link resolveConfig} makes a configuration of. */
export interface ConfigParts {
  readonly homes: Homes
  readonly cwd: AbsolutePath
  /** All that count, lowest first. */
  readonly layers: readonly Layer[]
  /** The layers merged. */
  readonly config: ConfigFile
  readonly projectRoot: AbsolutePath | null
  readonly projectRootMarkers: readonly string[]
  readonly trust: TrustDecision
  readonly ruleFiles: readonly AbsolutePath[]
  readonly warnings: readonly ConfigWarning[]
}

/**
 * Makes the configuration of merged layers.
 *
 * @throws ConfigError for a provider that cannot be used, and for an instructions file that cannot be read
 */
export async function resolveConfig(
  parts: ConfigParts,
  environment: ReadonlyMap<string, string>,
  files: ConfigFiles,
): Promise<ResolvedConfig> {
  const { layers, config, trust } = parts
  const rankOf = (path: readonly string[]): number => layers.findLastIndex((layer) => valueAt(layer.table, path) !== undefined)
  const locate: Locate = (path) => layers[rankOf(path.map(String))]?.originOf(path) ?? { kind: 'default' }
  const { providers, warnings } = providerTable(config, environment, locate)
  const provider = chooseProvider(providers, config, locate)
  const sandbox = sandboxModeOf(config, (key) => rankOf([key]), trust)
  return Object.freeze({
    ...deepFreeze({
      homes: parts.homes,
      cwd: parts.cwd,
      model: config.model ?? (isOpenAiUrl(provider.baseUrl) ? DEFAULT_MODEL : null),
      provider,
      providers,
      effort: config.model_reasoning_effort ?? null,
      summary: config.model_reasoning_summary ?? null,
      verbosity: config.model_verbosity ?? null,
      serviceTier: config.service_tier ?? null,
      approvalPolicy: approvalPolicyOf(config.approval_policy, trust),
      sandboxMode: sandbox.mode,
      sandboxPolicy: sandboxPolicyOf(sandbox.mode, config.sandbox_workspace_write),
      developerInstructions: config.developer_instructions ?? null,
      baseInstructions: await readPrompt('model_instructions_file', config.model_instructions_file, files, locate),
      contextWindow: config.model_context_window ?? null,
      compactAtTokens: config.model_auto_compact_token_limit ?? null,
      compactPrompt: await compactPromptOf(config, files, locate),
      toolOutputTokens: config.tool_output_token_limit ?? null,
      projectDocMaxBytes: config.project_doc_max_bytes ?? 32_768,
      projectDocFallbackFilenames: config.project_doc_fallback_filenames ?? [],
      projectRootMarkers: parts.projectRootMarkers,
      projectRoot: parts.projectRoot,
      showRawReasoning: config.show_raw_agent_reasoning ?? false,
      hideReasoning: config.hide_agent_reasoning ?? false,
      allowLoginShell: config.allow_login_shell ?? true,
      agents: agentsOf(config, locate),
      reviewModel: config.review_model ?? null,
      trust,
      keyVariables: keyVariables(providers),
      ruleFiles: parts.ruleFiles,
      warnings: [
        ...parts.warnings,
        ...warnings,
        ...profileWarning(sandbox.unreadProfile, locate),
        ...loginShellWarning(config.allow_login_shell, locate),
        ...featureWarning(layers),
      ],
      files: layers.flatMap(({ file }) => (file === null ? [] : [file])),
    }),
    originOf: (key: string | readonly string[]) => locate(typeof key === 'string' ? key.split('.') : key),
  })
}

/**
 * The model of a new thread (R24).
 *
 * @throws ConfigError `no_model` when none is given and the provider is not OpenAI itself, whose default would mean nothing elsewhere
 */
export function requireModel(config: Pick<ResolvedConfig, 'model' | 'provider'>): string {
  const { model, provider } = config
  if (model !== null) return model
  const example = exampleModels.get(provider.id) ?? 'MODEL'
  const message = `no model given for ${provider.baseUrl}; name one with -m ${example}, or set model in config.toml`
  throw new ConfigError('no_model', message, { key: 'model' })
}

const exampleModels: ReadonlyMap<string, string> = new Map([
  ['ollama', 'gpt-oss:20b'],
  ['lmstudio', 'openai/gpt-oss-20b'],
])

/** The text itself goes before the file, and an empty one counts as none. */
async function compactPromptOf(
  { compact_prompt: prompt, experimental_compact_prompt_file: file }: ModelSection,
  files: ConfigFiles,
  locate: Locate,
): Promise<string | null> {
  const given = prompt?.trim() ?? ''
  return given === '' ? await readPrompt('experimental_compact_prompt_file', file, files, locate) : given
}

async function readPrompt(key: string, file: AbsolutePath | undefined, files: ConfigFiles, locate: Locate): Promise<string | null> {
  if (file === undefined) return null
  const text = (await readText(files, file))?.trim() ?? ''
  if (text !== '') return text
  const what = `${key}: ${file} is missing or empty`
  throw new ConfigError('unreadable', what, { origin: locate([key]), key })
}

function profileWarning(profile: string | null, locate: Locate): readonly ConfigWarning[] {
  if (profile === null) return []
  const place = describeOrigin(locate(['default_permissions']))
  const message = `${place}: permission profile ${JSON.stringify(profile)} is not read by this version; commands run read-only unless sandbox_mode is set`
  return [{ code: 'not_applied', message }]
}

function loginShellWarning(allowed: boolean | undefined, locate: Locate): readonly ConfigWarning[] {
  if (allowed !== false) return []
  const place = describeOrigin(locate(['allow_login_shell']))
  return [{ code: 'not_applied', message: `${place}: allow_login_shell is not supported yet: commands may start as a login shell` }]
}

/** Features that are read. */
const FEATURES: readonly string[] = ['multi_agent']

/** Of features only those somebody named for this run: a file that is shared with Codex may hold any number of them. */
function featureWarning(layers: readonly Layer[]): readonly ConfigWarning[] {
  const tables = layers.flatMap(({ kind, table }) => (kind === 'override' ? [valueAt(table, ['features'])] : []))
  const named = new Set(tables.flatMap((table) => (typeof table === 'object' && table !== null ? Object.keys(table) : [])))
  for (const known of FEATURES) named.delete(known)
  if (named.size === 0) return []
  const names = [...named].map((name) => `features.${name}`).join(', ')
  return [{ code: 'not_applied', message: `-c: not supported yet, nothing changes: ${names}` }]
}
