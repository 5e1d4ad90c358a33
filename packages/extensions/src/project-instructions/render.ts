import { isRecord, type JsonValue } from '@octavo/base'

/** Between the user's own text and that of the project. Source: the format of the reference engine. */
const projectSeparator = '\n\n--- project-doc ---\n\n'

/** One text of all; null when there is none. */
export function joinInstructions(user: string | null, project: readonly string[]): string | null {
  const parts = [...(user === null ? [] : [user]), ...(project.length === 0 ? [] : [project.join('\n\n')])]
  return parts.length === 0 ? null : parts.join(projectSeparator)
}

/**
 * The message for the model: the whole text, and where it follows an earlier one a line that says so. Readers of a history know such
 * messages by their first and last words, so these never change.
 */
export function renderInstructions(current: JsonValue | null, previous: JsonValue | null | undefined): string | null {
  const now = instructionsIn(current)
  const before = instructionsIn(previous)
  if (now === null) return before === null ? null : wrap(before.directory, 'The AGENTS.md instructions given earlier no longer apply.')
  if (before === null) return wrap(now.directory, now.text)
  if (before.directory === now.directory && before.text === now.text) return null
  return wrap(now.directory, `These instructions replace all AGENTS.md instructions given earlier.\n\n${now.text}`)
}

function wrap(directory: string, text: string): string {
  return `# AGENTS.md instructions for ${directory}\n\n<INSTRUCTIONS>\n${text}\n</INSTRUCTIONS>`
}

/** State as captured; null for anything else, such as the empty object other writers leave where there are no instructions. */
function instructionsIn(state: JsonValue | null | undefined): { readonly directory: string; readonly text: string } | null {
  if (!isRecord(state)) return null
  const { directory, text } = state
  return typeof directory === 'string' && typeof text === 'string' ? { directory, text } : null
}
