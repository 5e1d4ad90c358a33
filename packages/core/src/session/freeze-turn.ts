import type { TruncationPolicy } from '@octavo/base'
import type { ModelInfo, SandboxGrant } from '@octavo/extension-api'
import type { PermissionProfile } from '@octavo/protocol'
import type { EngineDefaults } from '../engine/ports.ts'
import { compactionThreshold, usableWindow } from '../turn/compact/window.ts'
import { openEnvironments } from '../turn/environments.ts'
import type { TurnContext } from '../turn/turn-context.ts'
import { modelOf, priceFor } from './model-of.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { TurnRequest } from './turn-queue.ts'
import type { ActiveTurn } from './turn-slot.ts'

/** Longest total wait for retries in one turn. */
const RETRY_WAIT_CAP_MS = 600_000

/** What a turn runs under, as it stands now. */
export function freezeTurn(turn: ActiveTurn, request: TurnRequest, parts: ThreadParts): TurnContext {
  const { identity, ports, defaults } = parts
  const settings = parts.settings.current
  const { provider, model } = modelOf(settings, ports)
  const contextWindow = defaults.contextWindow ?? model.contextWindow
  const environments = openEnvironments(settings, ports)
  const { workspace } = environments.primary
  return {
    threadId: identity.threadId,
    sessionId: identity.sessionId,
    turnId: turn.turnId,
    submissionId: turn.submissionId,
    summary: turn.summary,
    settings,
    provider,
    model,
    baseInstructions: identity.baseInstructions,
    outputSchema: request.outputSchema,
    get clientMetadata() {
      return turn.clientMetadata
    },
    environments,
    workspace,
    files: workspace.restrict(readingOnly(settings.permissions)).files,
    ports,
    toolNames: identity.toolNames,
    window: usableWindow(contextWindow),
    compactAt: compactionThreshold(contextWindow, defaults.compactAtTokens ?? null),
    compactPrompt: defaults.compactPrompt ?? null,
    outputPolicy: outputPolicyOf(model, defaults),
    rawReasoning: defaults.rawReasoning,
    retryWaitCapMs: defaults.retryWaitCapMs ?? RETRY_WAIT_CAP_MS,
    budget: turn.budget,
    price: priceFor(model, defaults.prices),
    state: turn.state,
    scope: turn.scope,
    span: turn.span,
    tracing: parts.tracing,
  }
}

/** Bounds of what the model sees of one output. */
export function outputPolicyOf(model: ModelInfo, { toolOutputTokens }: Pick<EngineDefaults, 'toolOutputTokens'>): TruncationPolicy {
  return toolOutputTokens === null ? model.truncation : { mode: 'tokens', limit: toolOutputTokens }
}

/** Reading as the profile allows it, and nothing else: for what looks before anything was decided. */
export function readingOnly(permissions: PermissionProfile): SandboxGrant {
  const entries = permissions.type === 'managed' && permissions.fileSystem.type === 'restricted' ? permissions.fileSystem.entries : []
  const deny = entries.flatMap(({ path, access }) => (access === 'deny' && path.type === 'path' ? [path.path] : []))
  return { enforcement: 'platform', write: [], deny, network: 'restricted', escalated: false }
}

/** Once per thread and model. */
export function warnOfUnknownModel(model: ModelInfo, parts: ThreadParts): void {
  if (model.known || parts.warnedModels.has(model.slug)) return
  parts.warnedModels.add(model.slug)
  const window = parts.defaults.contextWindow ?? model.contextWindow
  const assumed = window === null ? 'no context window is assumed' : `a context window of ${window} tokens is assumed`
  parts.recorder.warn('unknown_model', `model ${model.slug} is not in the catalogue: ${assumed}; set model_context_window to say otherwise`)
}
