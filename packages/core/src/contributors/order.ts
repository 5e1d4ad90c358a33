import { isRecord, UsageError } from '@octavo/base'
import type { ContributorKind, Contributors, Extension } from '@octavo/extension-api'
import { requireHandlers } from './shapes.ts'

/** Every kind there is, and the form of what an extension gives for it. */
const FORMS: Readonly<Record<ContributorKind, 'object' | 'list' | 'either'>> = {
  threadLifecycle: 'object',
  turnLifecycle: 'object',
  toolLifecycle: 'object',
  tokenUsage: 'object',
  skillInvocation: 'object',
  settings: 'object',
  context: 'object',
  worldState: 'list',
  turnInput: 'object',
  tools: 'either',
  mcpServers: 'object',
  config: 'object',
  turnItems: 'object',
  turnTasks: 'object',
  preToolUse: 'object',
  postToolUse: 'object',
  approval: 'object',
  effects: 'object',
  compaction: 'object',
  turnEnd: 'object',
}

/**
 * Extensions in the order they are called in: that of registration, as far as `after` and `before` leave it. What cannot work is told
 * here, when the engine is made, not in the middle of a turn.
 *
 * @throws UsageError `invalid_extension`, `duplicate_extension`, `extension_cycle`, `duplicate_section`, `duplicate_turn_task`
 */
export function orderExtensions(extensions: readonly Extension[], ownSections: readonly string[]): readonly Extension[] {
  for (const extension of extensions) requireForm(extension)
  requireDistinct(
    'duplicate_extension',
    extensions.map(({ id }) => [id, id]),
    (id) => `two extensions are called "${id}"; an id names one`,
  )
  requireDistinct(
    'duplicate_section',
    [
      ...ownSections.map((id) => [id, 'octavo'] as const),
      ...extensions.flatMap(({ id: owner, contributes }) => (contributes.worldState ?? []).map(({ id }) => [id, owner] as const)),
    ],
    (id, first, second) => `the world-state section "${id}" is offered by both ${first} and ${second}; rename one of them`,
  )
  requireDistinct(
    'duplicate_turn_task',
    extensions.flatMap(({ id, contributes }) => Object.keys(contributes.turnTasks ?? {}).map((task) => [task, id] as const)),
    (task, first, second) => `turns of the kind ${task} are the work of both ${first} and ${second}; leave one of them out`,
  )
  return sorted(extensions)
}

function requireForm(extension: Extension): void {
  const { id, contributes } = extension as Partial<Extension>
  if (typeof id !== 'string' || id.trim() === '') throw invalid('an extension has no id', '')
  if (id === 'octavo') throw invalid('the extension id "octavo" is the engine\'s own; choose another', id)
  if (!isRecord(contributes)) throw invalid(`extension ${id} has no \`contributes\`; give {} for nothing`, id)
  for (const [kind, given] of Object.entries(contributes)) {
    if (given === undefined) continue
    const form = (FORMS as Readonly<Record<string, (typeof FORMS)[ContributorKind]>>)[kind]
    if (form === undefined) throw invalid(`extension ${id} contributes "${kind}"; known kinds: ${Object.keys(FORMS).join(', ')}`, id)
    if (form === 'list' ? !Array.isArray(given) : form === 'object' ? !isRecord(given) : typeof given !== 'object' || given === null) {
      throw invalid(`extension ${id} contributes a ${kind} of the wrong form: ${form === 'list' ? 'a list' : 'an object'} is due`, id)
    }
  }
  requireTools(id, contributes)
}

function requireTools(id: string, { tools }: Partial<Contributors>): void {
  if (tools === undefined || 'tools' in tools) return
  try {
    requireHandlers(tools)
  } catch (error) {
    throw invalid(`extension ${id} contributes tools of the wrong form: ${(error as Error).message}`, id)
  }
}

function invalid(message: string, extension: string): UsageError {
  return new UsageError('invalid_extension', message, { data: { extension } })
}

function requireDistinct(
  code: string,
  offered: readonly (readonly [name: string, owner: string])[],
  message: (name: string, first: string, second: string) => string,
): void {
  const owners = new Map<string, string>()
  for (const [name, owner] of offered) {
    const first = owners.get(name)
    if (first !== undefined) throw new UsageError(code, message(name, first, owner), { data: { name, extensions: [first, owner] } })
    owners.set(name, owner)
  }
}

/** Always the first in registration order that waits for none of those left. */
function sorted(extensions: readonly Extension[]): readonly Extension[] {
  const order: Extension[] = []
  let left = [...extensions]
  while (left.length > 0) {
    const next = left.find((extension) => !left.some((other) => other !== extension && comesBefore(other, extension)))
    if (next === undefined) {
      const ids = left.map(({ id }) => id)
      throw new UsageError(
        'extension_cycle',
        `extensions ${ids.join(', ')} each want to come after another of them; drop an \`after\` or \`before\``,
        {
          data: { extensions: ids },
        },
      )
    }
    order.push(next)
    left = left.filter((extension) => extension !== next)
  }
  return order
}

function comesBefore(first: Extension, second: Extension): boolean {
  return (first.before?.includes(second.id) ?? false) || (second.after?.includes(first.id) ?? false)
}
