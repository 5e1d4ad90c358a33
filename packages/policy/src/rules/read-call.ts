import { type GivenCall, isList, type RuleValue } from './evaluate.ts'
import { normalHost } from './host.ts'
import type { HostExecutable, NetworkProtocol, NetworkRule, PrefixRule, RuleDecision } from './rule.ts'
import { splitWords } from './split-words.ts'
import { RuleError } from './text.ts'

/** The words of a command that has to match, or must not. */
export interface RuleExample {
  readonly words: readonly string[]
  readonly matches: boolean
  readonly at: number
}

/** What one call of a rule function gives. */
export type ReadCall =
  | { readonly kind: 'prefix'; readonly rules: readonly PrefixRule[]; readonly examples: readonly RuleExample[] }
  | { readonly kind: 'network'; readonly rule: NetworkRule }
  | { readonly kind: 'host'; readonly host: HostExecutable }

/** @throws RuleError for a value that the function does not take */
export function readCall(call: GivenCall, place: string): ReadCall {
  const values = new Values(call)
  if (call.name === 'prefix_rule') return readPrefix(values, place)
  return call.name === 'network_rule' ? { kind: 'network', rule: readNetwork(values, place) } : { kind: 'host', host: readHost(values) }
}

function readPrefix(values: Values, place: string): ReadCall {
  const given = values.list('pattern')
  if (given === null || given.length === 0) throw values.wrong('pattern', 'a list of words, at least one')
  const [heads = [], ...rest] = given.map((element) => alternatives(element, values))
  const decision = values.oneOf('decision', { allow: 'allow', prompt: 'prompt', forbidden: 'forbidden' } as const, 'allow')
  const justification = values.text('justification')
  // One rule for each program, so that rules can be found by it.
  const rules = heads.map((head): PrefixRule => ({ pattern: [[head], ...rest], decision, justification, place }))
  return { kind: 'prefix', rules, examples: [...examplesOf(values, 'match'), ...examplesOf(values, 'not_match')] }
}

function alternatives(element: RuleValue, values: Values): readonly string[] {
  const words = typeof element === 'string' ? [element] : element
  if (words === null || words.length === 0 || !words.every((word) => typeof word === 'string' && word !== ''))
    throw values.wrong('pattern', 'words, or lists of words of which one has to stand there')
  return words as readonly string[] // looked at above
}

function examplesOf(values: Values, name: 'match' | 'not_match'): readonly RuleExample[] {
  const at = values.placeOf(name)
  return (values.list(name) ?? []).map((given) => {
    const words = typeof given === 'string' ? splitWords(given) : isWords(given) ? given : null
    if (words === null || words.length === 0) throw values.wrong(name, 'commands, each a string with its quotes closed or a list of words')
    return { words, matches: name === 'match', at }
  })
}

function isWords(value: RuleValue): value is readonly string[] {
  return isList(value) && value.every((word) => typeof word === 'string')
}

const PROTOCOLS: Readonly<Record<string, NetworkProtocol>> = {
  http: 'http',
  https: 'https',
  https_connect: 'https',
  'http-connect': 'https',
  socks5_tcp: 'socks5_tcp',
  socks5_udp: 'socks5_udp',
}
const NETWORK_DECISIONS = { allow: 'allow', prompt: 'prompt', deny: 'forbidden', forbidden: 'forbidden' } as const

function readNetwork(values: Values, place: string): NetworkRule {
  const host = normalHost(values.required('host'))
  if (host === null) throw values.wrong('host', 'the name or the address of one host, without scheme, path and *')
  const protocol = values.oneOf('protocol', PROTOCOLS, null)
  return { host, protocol, decision: values.oneOf('decision', NETWORK_DECISIONS, null), justification: values.text('justification'), place }
}

function readHost(values: Values): HostExecutable {
  const name = values.required('name')
  if (/[/\\]/.test(name) || name.trim() === '') throw values.wrong('name', 'the name of a program, without its directory')
  const paths = values.list('paths')
  if (paths === null || !isWords(paths) || !paths.every(isAbsolute)) throw values.wrong('paths', 'a list of absolute paths')
  const other = paths.find((path) => path.slice(path.search(/[^/\\]*$/)) !== name)
  if (other !== undefined) throw values.wrong('paths', `paths that end in ${name}`)
  return { name, paths }
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}

/** The values of one call, checked as they are taken. `None` counts as not given. */
class Values {
  readonly #call: GivenCall

  constructor(call: GivenCall) {
    this.#call = call
  }

  list(name: string): readonly RuleValue[] | null {
    const value = this.#value(name)
    if (value !== null && !isList(value)) throw this.wrong(name, 'a list')
    return value
  }

  required(name: string): string {
    const value = this.#value(name)
    if (typeof value !== 'string') throw this.wrong(name, 'a string')
    return value
  }

  /** Null when it is not given. */
  text(name: string): string | null {
    const value = this.#value(name)
    if (value === null) return null
    if (typeof value !== 'string' || value.trim() === '') throw this.wrong(name, 'a string that says something')
    return value
  }

  /** `fallback` null: it has to be given. */
  oneOf<T extends NetworkProtocol | RuleDecision>(name: string, choices: Readonly<Record<string, T>>, fallback: T | null): T {
    const value = this.#value(name)
    if (value === null && fallback !== null) return fallback
    const chosen = typeof value === 'string' && Object.hasOwn(choices, value) ? choices[value] : undefined
    if (chosen === undefined) throw this.wrong(name, `one of ${Object.keys(choices).join(', ')}`)
    return chosen
  }

  placeOf(name: string): number {
    return this.#call.values.get(name)?.at ?? this.#call.at
  }

  wrong(name: string, wanted: string): RuleError {
    return new RuleError(`${name} of ${this.#call.name} takes ${wanted}`, this.placeOf(name))
  }

  #value(name: string): RuleValue {
    return this.#call.values.get(name)?.value ?? null
  }
}
