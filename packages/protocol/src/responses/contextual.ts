import type { ContentItem } from './content.ts'
import type { MessageItem } from './items.ts'

/**
 * True for a message the engine put in: no turn of the user, not shown as the user's words. Told part by part by what stands beside the
 * message, else, in files of other versions, by markers; one part of the user's makes the whole message the user's.
 */
export function isContextualMessage(message: MessageItem): boolean {
  if (message.role !== 'user') return message.role !== 'assistant'
  const kinds = message.internal_chat_message_metadata_passthrough?.content_item_kinds ?? []
  return message.content.length > 0 && message.content.every((part, at) => isContextualPart(part, kinds[at]))
}

/** Kinds that do not tell who wrote the part. */
const SILENT_KINDS: ReadonlySet<string> = new Set(['', 'unknown'])

/** Kinds of parts that stand in place of what the user attached. */
const REPLACEMENT_KINDS: ReadonlySet<string> = new Set(['images.preparation_error', 'images.unsupported', 'audio.unsupported'])

function isContextualPart(part: ContentItem, kind: string | undefined): boolean {
  if (kind === undefined || SILENT_KINDS.has(kind)) return 'text' in part && hasMarkers(part.text.trim())
  return !kind.startsWith('user.') && !REPLACEMENT_KINDS.has(kind)
}

/** One element that is the whole text. */
const CONTEXT_ELEMENT = new RegExp(
  String.raw`^<(environment_context|turn_aborted|user_shell_command|subagent_notification|skill|recommended_plugins|user_instructions` +
    String.raw`|codex_internal_context|hook_prompt|external_[\w-]+)(?:\s[^>]*)?>[^]*</\1>$`,
  'i',
)

const PROJECT_INSTRUCTIONS = /^# AGENTS\.md instructions[^]*<\/INSTRUCTIONS>$/i

/** Warnings that old versions of Codex put in as the user. */
const OLD_WARNING =
  /^Warning: (?:The maximum number of unified exec processes you can keep open is|Your account was flagged for potentially high-risk cyber activity|apply_patch was requested via [^]*Use the apply_patch tool instead of exec_command\.$)/

function hasMarkers(text: string): boolean {
  return CONTEXT_ELEMENT.test(text) || PROJECT_INSTRUCTIONS.test(text) || OLD_WARNING.test(text)
}
