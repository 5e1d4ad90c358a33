import type { JsonObject, JsonValue } from '@octavo/base'
import { toWireAgentStatus } from '@octavo/protocol'
import type {
  AgentCallTurnItem,
  CallStatus,
  CommandAction,
  ContentItem,
  FileChange,
  ReviewOutput,
  TurnItem,
  UserInput,
} from '@octavo/protocol'

const STATUS: Readonly<Record<CallStatus, string>> = {
  inProgress: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  declined: 'declined',
}

/** A turn item as `item_completed` records spell it: Pascal-case tags, snake-case fields. */
export function toWireItem(item: TurnItem): JsonObject {
  switch (item.type) {
    case 'userMessage':
      return { type: 'UserMessage', id: item.id, content: item.content.map(userInput) }
    case 'agentMessage':
      return {
        type: 'AgentMessage',
        id: item.id,
        content: [{ type: 'Text', text: item.text }],
        ...(item.phase === null ? {} : { phase: item.phase }),
      }
    case 'reasoning':
      return { type: 'Reasoning', id: item.id, summary_text: [...item.summary], raw_content: [...item.raw] }
    case 'commandExecution':
      return {
        type: 'CommandExecution',
        id: item.id,
        ...(item.terminalId === null ? {} : { process_id: item.terminalId }),
        command: [...item.command],
        cwd: item.cwd,
        parsed_cmd: item.actions.map(action),
        source: {
          agent: 'agent',
          userShell: 'user_shell',
          terminalStart: 'unified_exec_startup',
          terminalInput: 'unified_exec_interaction',
        }[item.source],
        status: STATUS[item.status],
        ...(item.output === null ? {} : { aggregated_output: item.output }),
        ...(item.exitCode === null ? {} : { exit_code: item.exitCode }),
        ...(item.durationMs === null ? {} : { duration: duration(item.durationMs) }),
      }
    case 'fileChange':
      return {
        type: 'FileChange',
        id: item.id,
        changes: Object.fromEntries(Object.entries(item.changes).map(([path, change]) => [path, fileChange(change)])),
        status: STATUS[item.status],
        ...(item.autoApproved === null ? {} : { auto_approved: item.autoApproved }),
        ...(item.stdout === null ? {} : { stdout: item.stdout }),
        ...(item.stderr === null ? {} : { stderr: item.stderr }),
      }
    case 'toolCall':
      return {
        type: 'DynamicToolCall',
        id: item.id,
        ...(item.namespace === null ? {} : { namespace: item.namespace }),
        tool: item.tool,
        arguments: item.arguments,
        status: STATUS[item.status],
        ...(item.content === null ? {} : { content_items: item.content.map(contentItem) }),
        success: item.status === 'completed',
        ...(item.error === null ? {} : { error: item.error }),
        ...(item.durationMs === null ? {} : { duration: duration(item.durationMs) }),
      }
    case 'imageView':
      return { type: 'ImageView', id: item.id, path: item.path }
    case 'contextCompaction':
      return { type: 'ContextCompaction', id: item.id }
    case 'hookPrompt':
      return { type: 'HookPrompt', id: item.id, fragments: item.fragments.map(({ text, source }) => ({ text, hookRunId: source })) }
    case 'agentCall':
      return agentCall(item)
    case 'enteredReview':
      return { type: 'EnteredReviewMode', id: item.id, target: { ...item.target }, user_facing_hint: item.hint }
    case 'exitedReview':
      return { type: 'ExitedReviewMode', id: item.id, ...(item.review === null ? {} : { review_output: reviewOutput(item.review) }) }
    case 'imageGeneration':
      return { type: 'ImageGeneration', id: item.id, status: item.status, revised_prompt: item.revisedPrompt, result: item.result }
    case 'webSearch':
      return { type: 'WebSearch', id: item.id, query: item.query, action: item.action }
  }
}

function userInput(input: UserInput): JsonValue {
  if (input.type === 'skill' || input.type === 'mention') return { type: input.type, name: input.name, path: input.path }
  if (input.type === 'text') return { type: 'text', text: input.text, text_elements: [] }
  if (input.type === 'image')
    return { type: 'image', image_url: input.imageUrl, ...(input.detail === undefined ? {} : { detail: input.detail }) }
  return { type: 'local_image', path: input.path, ...(input.detail === undefined ? {} : { detail: input.detail }) }
}

function agentCall(item: AgentCallTurnItem): JsonObject {
  return {
    type: 'CollabAgentToolCall',
    id: item.id,
    tool: { spawnAgent: 'spawn_agent', sendInput: 'send_input', waitAgent: 'wait', listAgents: 'list_agents', closeAgent: 'close_agent' }[
      item.tool
    ],
    status: STATUS[item.status],
    sender_thread_id: item.senderThreadId,
    receiver_thread_ids: [...item.receiverThreadIds],
    receiver_agents: item.receiverThreadIds.map((id) => ({ thread_id: id })),
    ...(item.prompt === null ? {} : { prompt: item.prompt }),
    ...(item.model === null ? {} : { model: item.model }),
    ...(item.effort === null ? {} : { reasoning_effort: item.effort }),
    agents_states: Object.fromEntries(Object.entries(item.states).map(([id, status]) => [id, toWireAgentStatus(status)])),
  }
}

function reviewOutput(review: ReviewOutput): JsonObject {
  return {
    findings: review.findings.map(({ title, body, confidenceScore, priority, location }) => ({
      title,
      body,
      confidence_score: confidenceScore,
      priority,
      code_location: { absolute_file_path: location.path, line_range: { start: location.startLine, end: location.endLine } },
    })),
    overall_correctness: review.overallCorrectness,
    overall_explanation: review.overallExplanation,
    overall_confidence_score: review.overallConfidenceScore,
  }
}

function action(described: CommandAction): JsonValue {
  switch (described.type) {
    case 'read':
      return { type: 'read', cmd: described.command, name: described.name, path: described.path }
    case 'listFiles':
      return { type: 'list_files', cmd: described.command, path: described.path }
    case 'search':
      return { type: 'search', cmd: described.command, query: described.query, path: described.path }
    case 'unknown':
      return { type: 'unknown', cmd: described.command }
  }
}

function fileChange(change: FileChange): JsonValue {
  if (change.type === 'update') return { type: 'update', unified_diff: change.unifiedDiff, move_path: change.movePath }
  return { type: change.type, content: change.content }
}

function contentItem(part: ContentItem): JsonValue {
  if (part.type === 'input_image') return { type: 'inputImage', imageUrl: part.image_url }
  return { type: 'inputText', text: 'text' in part ? part.text : '' }
}

/** Rollouts spell durations as seconds and nanoseconds. */
function duration(ms: number): JsonValue {
  const secs = Math.floor(ms / 1_000)
  return { secs, nanos: Math.round((ms - secs * 1_000) * 1_000_000) }
}
