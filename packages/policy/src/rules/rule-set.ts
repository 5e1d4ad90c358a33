import type { PolicyTraceStep } from '@octavo/extension-api'
import { basenameOf, isInstalledProgram } from '../command/program.ts'
import { normalHost } from './host.ts'
import { type RuleHit, RuleIndex } from './match.ts'
import {
  type LostRules,
  type NetworkProtocol,
  type NetworkRule,
  type RuleDecision,
  type RuleFile,
  type RuleProblem,
  SEVERITY,
} from './rule.ts'

/** One thing rules said of one command. */
export interface Statement {
  readonly decision: RuleDecision
  readonly justification: string | null
  /** The words it spoke of. */
  readonly prefix: readonly string[]
  /** The path that stood for the program the rule names; null otherwise. */
  readonly resolved: string | null
  readonly place: string
  /** Said of a command only because a broken file may have spoken of it. */
  readonly isLost: boolean
}

/** What rules say of one command: all that spoke of it, and a step for each that was looked at. */
export interface Spoken {
  readonly statements: readonly Statement[]
  readonly trace: readonly PolicyTraceStep[]
}

const SILENT: Spoken = { statements: [], trace: [] }

/** All rules that hold, from all files. Of several that speak of a command the strictest holds, wherever it stands. */
export class RuleSet {
  readonly problems: readonly RuleProblem[]
  readonly #index: RuleIndex
  readonly #lost: readonly LostRules[]
  readonly #networks: readonly ReadonlyMap<string, NetworkRule>[]
  readonly #holdsBack: boolean

  constructor(files: readonly RuleFile[]) {
    const prefixes = files.flatMap((file) => file.prefixes)
    this.problems = files.flatMap((file) => file.problems)
    this.#index = new RuleIndex(
      prefixes,
      files.flatMap(({ hosts }) => hosts),
    )
    this.#lost = files.flatMap(({ lost }) => (lost === null ? [] : [lost]))
    // Within a file the last word on a host holds, so that an answer can be changed by a later one.
    this.#networks = files.map(({ networks }) => new Map(networks.map((rule) => [`${rule.protocol} ${rule.host}`, rule])))
    this.#holdsBack = this.#lost.length > 0 || prefixes.some(({ decision }) => decision !== 'allow')
  }

  /** True when no rule can say anything of any command. */
  get isEmpty(): boolean {
    return this.#index.isEmpty && this.#lost.length === 0
  }

  /** True when some rule may hold something back. */
  get holdsBack(): boolean {
    return this.#holdsBack
  }

  /** What is said of one command by its words. */
  ofCommand(words: readonly string[]): Spoken {
    if (this.isEmpty) return SILENT
    const { hits: found, missed } = this.#index.look(words)
    const hits = found.filter(standsFor)
    const lost = this.#lost.filter((each) => isNamedIn(each, words[0] ?? ''))
    if (hits.length === 0 && missed.length === 0 && lost.length === 0) return SILENT
    const statements: Statement[] = hits.map(({ rule, prefix, resolved }) => {
      const { decision, justification, place } = rule
      return { decision, justification, prefix, resolved, place, isLost: false }
    })
    for (const { decision, place } of lost)
      statements.push({
        decision,
        justification: `${place} is broken and may say so`,
        prefix: words.slice(0, 1),
        resolved: null,
        place,
        isLost: true,
      })
    const trace = statements.map(stepOf)
    for (const { place, pattern } of missed) trace.push({ rule: place, said: `no match: ${describePattern(pattern)}`, decided: false })
    return { statements, trace }
  }

  /** What is said of a host under any protocol, or under one; null when nothing is. */
  ofHost(given: string, protocol: NetworkProtocol | null = null): Statement | null {
    const host = normalHost(given) ?? given
    const said: Statement[] = []
    for (const rules of this.#networks)
      for (const rule of rules.values())
        if (rule.host === host && (protocol === null || rule.protocol === protocol)) {
          const { decision, justification, place } = rule
          said.push({ decision, justification, prefix: [host], resolved: null, place, isLost: false })
        }
    for (const { text, decision, place } of this.#lost)
      if (text === null || text.toLowerCase().includes(host))
        said.push({ decision, justification: `${place} is broken and may say so`, prefix: [host], resolved: null, place, isLost: true })
    return strictest(said)
  }

  /** All rules about hosts, for whoever filters the network. */
  networkRules(): readonly NetworkRule[] {
    return this.#networks.flatMap((rules) => [...rules.values()])
  }
}

export function stepOf(statement: Statement): PolicyTraceStep {
  return { rule: statement.place, said: describeStatement(statement), decided: false }
}

/** The one that holds; of several as strict ones the first. */
export function strictest(statements: readonly Statement[]): Statement | null {
  return statements.reduce<Statement | null>(
    (worst, each) => (worst === null || SEVERITY[each.decision] > SEVERITY[worst.decision] ? each : worst),
    null,
  )
}

/**
 * A path may stand for a program that is held back wherever it is. It stands for one that is allowed only where a rule file says so, or
 * where no agent can have put it: anybody can call a file `git`.
 */
function standsFor({ rule, resolved, isListed }: RuleHit): boolean {
  return rule.decision !== 'allow' || resolved === null || isListed || isInstalledProgram(resolved)
}

/** Could the lost text have spoken of this program? Its name stands in it as a whole word, if it does. */
function isNamedIn({ text }: LostRules, program: string): boolean {
  if (text === null) return true
  return holdsWord(text, program) || holdsWord(text, basenameOf(program))
}

function holdsWord(text: string, word: string): boolean {
  if (word === '') return false
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + word.length])) return true
  }
  return false
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w-]/.test(character)
}

function describeStatement({ decision, prefix, resolved, isLost, justification }: Statement): string {
  if (isLost) return `${decision}: this file is broken, and ${JSON.stringify(prefix[0])} may be named in it`
  const where = resolved === null ? '' : ` (for ${resolved})`
  return `${decision}: ${JSON.stringify(prefix)}${where}${justification === null ? '' : `, ${justification}`}`
}

function describePattern(pattern: readonly (readonly string[])[]): string {
  return JSON.stringify(pattern.map((words) => (words.length === 1 ? words[0] : words)))
}
