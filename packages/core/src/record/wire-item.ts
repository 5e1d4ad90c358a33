import type { JsonObject, JsonValue } from '@octavo/base'
import type { CallStatus, CommandAction, ContentItem, FileChange, TurnItem, UserInput } from '@octavo/protocol'

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
    case 'webSearch':
      return { type: 'WebSearch', id: item.id, query: item.query, action: item.action }
  }
}

function userInput(input: UserInput): JsonValue {
  if (input.type === 'text') return { type: 'text', text: input.text, text_elements: [] }
  if (input.type === 'image')
    return { type: 'image', image_url: input.imageUrl, ...(input.detail === undefined ? {} : { detail: input.detail }) }
  return { type: 'local_image', path: input.path, ...(input.detail === undefined ? {} : { detail: input.detail }) }
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
