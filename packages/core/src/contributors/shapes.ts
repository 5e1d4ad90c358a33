import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { McpServerContribution, PostToolUseVerdict, PreToolUseVerdict, PromptFragment, ToolHandler } from '@octavo/extension-api'
import { isKnownItemType } from '@octavo/protocol'
import type { ApprovalDecision, ResponseItem, SettingsOverrides, ThreadSettings, TurnItem, UserInput } from '@octavo/protocol'
import { isDecision } from '../asking/answer-value.ts'
import { isContent } from '../tools/outcome.ts'

/*
 * What an extension returned, read as what is due. No compiler may have seen it, so each kind's boundary looks; what is wrong is thrown
 * as a TypeError, in words that go on after "extension x failed in kind: ".
 */

/** Anything: what observers return is not looked at. */
export function ignored(): void {}

export function listOf<T>(what: string, read: (value: unknown) => T): (value: unknown) => readonly T[] {
  return (value) => {
    if (!Array.isArray(value)) throw wrong(value, `a list of ${what}`)
    for (const each of value as readonly unknown[]) read(each)
    return value as readonly T[]
  }
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw wrong(value, 'a text')
  return value
}

export function textOrNull(value: unknown): string | null {
  return value === null ? null : text(value)
}

const SLOTS: ReadonlySet<unknown> = new Set(['developer', 'developerMessage', 'user'])

export function promptFragment(value: unknown): PromptFragment {
  if (!isRecord(value) || !SLOTS.has(value['slot']) || typeof value['text'] !== 'string') throw wrong(value, 'a fragment {slot, text}')
  return value as unknown as PromptFragment // its two fields were looked at
}

/** Plain data that a rollout can hold. */
export function json(value: unknown): JsonValue {
  if (!isJson(value, 0)) throw wrong(value, 'plain data')
  return value
}

/** Deeper than any state; a cycle is deeper than that. */
const MAX_DEPTH = 64

function isJson(value: unknown, depth: number): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((each) => isJson(each, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const each of Object.values(value)) if (!isJson(each, depth + 1)) return false
  return true
}

export function requireHandlers(value: unknown): readonly ToolHandler[] {
  return handlers(value)
}

const handlers = listOf('tools', (value): ToolHandler => {
  const spec = isRecord(value) ? value['spec'] : undefined
  const input = isRecord(spec) ? spec['input'] : undefined
  // Handlers may be instances of classes, so their methods are asked for by name, not by key.
  const acts =
    typeof Reflect.get(Object(value) as object, 'plan') === 'function' &&
    typeof Reflect.get(Object(value) as object, 'execute') === 'function'
  const isTool = acts && isRecord(spec) && typeof spec['name'] === 'string' && isRecord(input) && typeof input['parse'] === 'function'
  if (!isTool) throw wrong(value, 'a tool {spec, plan, execute}; make one with `defineTool`')
  return value as unknown as ToolHandler
})

/** An override of settings that there are; their values are looked at where they are laid. */
export function settingsOverrides(value: unknown, known: ThreadSettings): SettingsOverrides {
  if (!isRecord(value)) throw wrong(value, 'an object of settings')
  for (const key of Object.keys(value)) {
    if (!(key in known) || key === 'provider') throw new TypeError(`it returned the setting ${key}, which it cannot set`)
  }
  return value as SettingsOverrides
}

export const mcpServers: (value: unknown) => readonly McpServerContribution[] = listOf('servers', (value): McpServerContribution => {
  const isServer = isRecord(value) && typeof value['name'] === 'string' && (value['config'] === null || isRecord(value['config']))
  if (!isServer) throw wrong(value, 'a server {name, config}')
  return value as unknown as McpServerContribution
})

/** The same item with other content. */
export function sameItem(given: TurnItem): (value: unknown) => TurnItem {
  return (value) => {
    if (!isRecord(value) || value['type'] !== given.type || value['id'] !== given.id) {
      throw wrong(value, `the item it was given, ${given.type} ${given.id}`)
    }
    if (!hasItemText(value)) throw wrong(value, `a whole ${given.type}`)
    return value as unknown as TurnItem
  }
}

function hasItemText(item: Readonly<Record<string, unknown>>): boolean {
  if (item['type'] === 'agentMessage') return typeof item['text'] === 'string'
  return item['type'] !== 'reasoning' || (isTexts(item['summary']) && isTexts(item['raw']))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

export function preToolUseVerdict(value: unknown): PreToolUseVerdict {
  const verdict = isRecord(value) ? value : {}
  const whole =
    verdict['kind'] === 'allow' ||
    (verdict['kind'] === 'deny' && typeof verdict['message'] === 'string') ||
    (verdict['kind'] === 'rewrite' && typeof verdict['raw'] === 'string') ||
    (verdict['kind'] === 'ask' && typeof verdict['reason'] === 'string')
  if (!whole) throw wrong(value, 'one of {kind: allow}, {kind: deny, message}, {kind: rewrite, raw}, {kind: ask, reason}')
  return value as PreToolUseVerdict
}

export function postToolUseVerdict(value: unknown): PostToolUseVerdict {
  const verdict = isRecord(value) ? value : {}
  const whole =
    verdict['kind'] === 'keep' ||
    (verdict['kind'] === 'add' && typeof verdict['text'] === 'string') ||
    (verdict['kind'] === 'replace' && isContent(verdict['content']))
  if (!whole) throw wrong(value, 'one of {kind: keep}, {kind: add, text}, {kind: replace, content}')
  return value as PostToolUseVerdict
}

export function approvalDecision(value: unknown): ApprovalDecision | 'abstain' {
  if (value === 'abstain') return 'abstain'
  if (!isDecision(value)) throw wrong(value, 'a decision or "abstain"')
  return value
}

const responseItems = listOf('history items', (value): ResponseItem => {
  if (!isRecord(value) || !isKnownItemType(value['type'])) throw wrong(value, 'a history item')
  return value as unknown as ResponseItem
})

export function responseItemsOrNull(value: unknown): readonly ResponseItem[] | null {
  return value === null ? null : responseItems(value)
}

export const userInputs: (value: unknown) => readonly UserInput[] = listOf('inputs', (value): UserInput => {
  if (!isRecord(value) || !isUserInput(value)) throw wrong(value, 'an input')
  return value as unknown as UserInput // of a known type, with what that has
})

/** Of a known type, with what that has. */
export function isUserInput({ type, text: words, imageUrl, path, name }: Readonly<Record<string, unknown>>): boolean {
  if (type === 'text') return typeof words === 'string'
  if (type === 'image') return typeof imageUrl === 'string'
  if (type === 'localImage') return typeof path === 'string'
  return (type === 'skill' || type === 'mention') && typeof name === 'string' && typeof path === 'string'
}

function wrong(value: unknown, due: string): TypeError {
  return new TypeError(`it returned ${nameOf(value)} where ${due} is due`)
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
