import { stableStringify } from '@octavo/base'
import type { CommandAction } from '@octavo/protocol'
import { joinWords } from './quote.ts'
import { basenameOf } from './program.ts'
import { type PlainCommand, shellCall, splitCommands } from './split.ts'

/**
 * What a command line does, for people: reads, listings and searches when every part of it is one, else one `unknown` with the whole line.
 * Filters at the end of a pipe and leading `cd`s leave no action of their own; paths are seen from the directory the last `cd` named.
 */
export function summarize(argv: readonly string[]): readonly CommandAction[] {
  const unknown: CommandAction = { type: 'unknown', command: shellCall(argv)?.script ?? joinWords(argv) }
  const commands = splitCommands(argv)
  if (commands === null) return [unknown]
  const actions: CommandAction[] = []
  let directory: string | null = null
  for (const command of commands) {
    const words = command.words.map(({ text }) => text)
    const [name = '', ...options] = words
    if (name === 'cd') directory = options.length === 1 ? join(directory, options[0] ?? '') : null
    else if (!isFilter(command, name, options)) {
      const action = actionOf(basenameOf(name), options, joinWords(words))
      if (action === null) return [unknown]
      actions.push(inDirectory(action, directory))
    }
  }
  return actions.length === 0
    ? [unknown]
    : actions.filter((action, at) => at === 0 || stableStringify(action) !== stableStringify(actions[at - 1]))
}

/** Behind a pipe, without a file of its own. */
function isFilter({ connector }: PlainCommand, name: string, options: readonly string[]): boolean {
  if (connector !== '|' || !FILTERS.has(name)) return false
  return name === 'head' || name === 'tail' ? fileOf(options, COUNT_VALUES) === null : name !== 'sed' || sedFile(options) === null
}

const FILTERS: ReadonlySet<string> = new Set('awk column cut head nl sed sort tail tr true uniq wc'.split(' '))
const COUNT_VALUES = /^-[nc]$/

type Reader = (options: readonly string[], command: string) => CommandAction | null

function actionOf(name: string, options: readonly string[], command: string): CommandAction | null {
  return Object.hasOwn(READERS, name) ? (READERS[name]?.(options, command) ?? null) : null
}

const cat: Reader = (options, command) => read(fileOf(options, NO_VALUES), command)
const head: Reader = (options, command) => read(fileOf(options, COUNT_VALUES), command)
const list: Reader = (options, command) => ({ type: 'listFiles', command, path: operands(options, LISTING_VALUES)[0] ?? null })
const grep: Reader = (options, command) => search(operands(options, GREP_VALUES), command)
const NO_VALUES = /^$/
const LISTING_VALUES = /^(-[ILw]|--(ignore|width|sort|time|color|level))$/
const GREP_VALUES =
  /^(-[ABCmdDfgtTjMr]|--(after-context|before-context|context|max-count|glob|iglob|type|type-not|include|exclude|exclude-dir))$/
const FD_VALUES = /^(-[etEdxXSjc]|--(extension|type|exclude|max-depth|exec))$/

const READERS: Readonly<Record<string, Reader>> = {
  cat,
  bat: cat,
  less: cat,
  more: cat,
  nl: cat,
  head,
  tail: head,
  sed: (options, command) => read(sedFile(options), command),
  ls: list,
  tree: list,
  eza: list,
  exa: list,
  du: list,
  grep,
  egrep: grep,
  fgrep: grep,
  ag: grep,
  ack: grep,
  rg: (options, command) =>
    options.includes('--files') ? { type: 'listFiles', command, path: operands(options, GREP_VALUES)[0] ?? null } : grep(options, command),
  fd: (options, command) => {
    const [query, path] = operands(options, FD_VALUES)
    return query === undefined ? { type: 'listFiles', command, path: null } : { type: 'search', command, query, path: path ?? null }
  },
  find,
  git: ([subcommand = '', ...options], command) => {
    if (subcommand === 'ls-files') return { type: 'listFiles', command, path: operands(options, NO_VALUES)[0] ?? null }
    return subcommand === 'grep' ? grep(options, command) : null
  },
}

/** `find` with an action of its own is more than a listing. */
function find(options: readonly string[], command: string): CommandAction | null {
  if (options.some((option) => /^-(exec|execdir|ok|okdir|delete|fls|fprint0?|fprintf)$/.test(option))) return null
  const path = options[0] === undefined || /^[-!(]/.test(options[0]) ? null : options[0]
  const name = options.findIndex((option) => /^-i?(name|path|regex)$/.test(option))
  const query = name === -1 ? null : (options[name + 1] ?? null)
  return query === null ? { type: 'listFiles', command, path } : { type: 'search', command, query, path }
}

/** The file of `sed -n 'A,Bp' FILE`; null for any other use. */
function sedFile([quiet, script = '', file, ...more]: readonly string[]): string | null {
  return quiet === '-n' && /^\d+(,(\d+|\$))?p$/.test(script) && more.length === 0 ? (file ?? null) : null
}

function read(path: string | null, command: string): CommandAction | null {
  return path === null ? null : { type: 'read', command, name: basenameOf(path), path }
}

function search([query, path]: readonly string[], command: string): CommandAction {
  return { type: 'search', command, query: query ?? null, path: path ?? null }
}

/** The one operand; null when there is none or more than one. */
function fileOf(options: readonly string[], withValue: RegExp): string | null {
  const files = operands(options, withValue)
  return files.length === 1 ? (files[0] ?? null) : null
}

/** Words that are neither options nor their values. */
function operands(options: readonly string[], withValue: RegExp): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at] ?? ''
    if (option === '--') return [...found, ...options.slice(at + 1)]
    if (!option.startsWith('-') || option === '-') found.push(option)
    else if (withValue.test(option)) at += 1
  }
  return found
}

function inDirectory(action: CommandAction, directory: string | null): CommandAction {
  if (directory === null || action.type === 'unknown') return action
  if (action.type === 'read') return { ...action, path: join(directory, action.path) }
  return { ...action, path: action.path === null ? directory : join(directory, action.path) }
}

function join(directory: string | null, path: string): string {
  if (directory === null || path.startsWith('/')) return path
  return `${directory.replace(/\/+$/, '')}/${path}`
}
