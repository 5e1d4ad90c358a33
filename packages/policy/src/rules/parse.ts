import { RuleEvaluation } from './evaluate.ts'
import { RuleIndex } from './match.ts'
import { type ReadCall, readCall, type RuleExample } from './read-call.ts'
import type { HostExecutable, LostRules, NetworkRule, PrefixRule, RuleFile, RuleProblem } from './rule.ts'
import { readStatement } from './syntax.ts'
import { RuleError, TextPlaces } from './text.ts'

/** Longest file that is read, in UTF-16 units. */
const MAX_LENGTH = 1_048_576
/** Mistakes after which the rest of a file is not read. */
const MAX_PROBLEMS = 20

/**
 * Reads one rule file. Nothing throws: mistakes are listed with their places, and a file with one is broken.
 *
 * A broken file allows nothing. Its other rules are kept where they could be read, and what could not be read is {@link LostRules}:
 * commands that it may have forbidden are not let through because of a typing mistake.
 */
export function parseRules(text: string, file: string): RuleFile {
  if (text.length > MAX_LENGTH) return unreadableRules(file, `is longer than ${MAX_LENGTH} characters`)
  const reading = new FileReading(text, file)
  for (let at = 0; at < text.length;) at = reading.statement(at)
  return reading.finish()
}

/** A file of which nothing is known, so it may have spoken of everything. */
export function unreadableRules(file: string, why: string): RuleFile {
  const place = `${file}:1:1`
  const problem: RuleProblem = { place, message: `${place}: this file ${why}` }
  return { file, prefixes: [], hosts: [], networks: [], problems: [problem], lost: { text: null, decision: 'prompt', place } }
}

/** One call whose examples are looked at when all of the file is known. */
interface Exampled {
  readonly rules: readonly PrefixRule[]
  readonly examples: readonly RuleExample[]
  readonly start: number
  readonly end: number
}

class FileReading {
  readonly #text: string
  readonly #file: string
  readonly #places: TextPlaces
  readonly #evaluation = new RuleEvaluation()
  readonly #prefixes: PrefixRule[] = []
  readonly #hosts: HostExecutable[] = []
  readonly #networks: NetworkRule[] = []
  readonly #exampled: Exampled[] = []
  readonly #problems: RuleProblem[] = []
  readonly #lost: string[] = []
  /** Statements that give a name its value, which a lost one may have used. */
  readonly #naming: string[] = []

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
    this.#places = new TextPlaces(text)
  }

  /** Reads the statement at `at` and returns where the next one begins. */
  statement(at: number): number {
    try {
      const statement = readStatement(this.#text, at)
      if (statement === null) return this.#text.length
      const calls = this.#evaluation.run(statement).map((call) => readCall(call, this.#place(call.at)))
      if (statement.target !== null) this.#naming.push(this.#text.slice(at, statement.end))
      for (const call of calls) this.#keep(call, at, statement.end)
      return statement.end
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      const end = this.#problems.length + 1 < MAX_PROBLEMS ? this.#recoverFrom(at) : this.#text.length
      this.#lose(error, at, end)
      return end
    }
  }

  finish(): RuleFile {
    for (const exampled of this.#exampled) this.#check(exampled)
    const isBroken = this.#problems.length > 0
    return {
      file: this.#file,
      prefixes: isBroken ? this.#prefixes.filter(({ decision }) => decision !== 'allow') : this.#prefixes,
      hosts: this.#hosts,
      networks: isBroken ? this.#networks.filter(({ decision }) => decision !== 'allow') : this.#networks,
      problems: this.#problems,
      lost: this.#lostRules(),
    }
  }

  #keep(call: ReadCall, start: number, end: number): void {
    if (call.kind === 'network') this.#networks.push(call.rule)
    else if (call.kind === 'host') this.#hosts.push(call.host)
    else {
      this.#prefixes.push(...call.rules)
      if (call.examples.length > 0) this.#exampled.push({ rules: call.rules, examples: call.examples, start, end })
    }
  }

  /** Against the rules of that call alone. One whose examples do not hold says something else than was meant. */
  #check({ rules, examples, start, end }: Exampled): void {
    const index = new RuleIndex(rules, this.#hosts)
    const wrong = examples.filter(({ words, matches }) => index.look(words).hits.length > 0 !== matches)
    for (const { words, matches, at } of wrong) {
      const command = JSON.stringify(words.join(' '))
      this.#lose(
        new RuleError(matches ? `the rule does not match its example ${command}` : `the rule matches ${command}, which it must not`, at),
        start,
        end,
      )
    }
  }

  /**
   * Where reading goes on behind a mistake: a line that begins with a rule function. It may in truth stand inside of something that was
   * not closed; that does no harm, as a broken file can only hold back.
   */
  #recoverFrom(at: number): number {
    NEXT_RULE.lastIndex = at + 1
    return NEXT_RULE.exec(this.#text)?.index ?? this.#text.length
  }

  #lose({ message, at }: RuleError, start: number, end: number): void {
    const place = this.#place(at)
    this.#problems.push({ place, message: `${place}: ${message}` })
    this.#lost.push(this.#text.slice(start, end))
  }

  #lostRules(): LostRules | null {
    const [first] = this.#problems
    if (first === undefined) return null
    const text = [...this.#lost, ...this.#naming].join('\n')
    return {
      text: COMPUTED.test(text) ? null : text,
      decision: /forbid|deny/.test(text) ? 'forbidden' : 'prompt',
      place: first.place,
    }
  }

  #place(at: number): string {
    const { line, column } = this.#places.positionOf(at)
    return `${this.#file}:${line}:${column}`
  }
}

const NEXT_RULE = /^(?:prefix_rule|network_rule|host_executable)[ \t]*\(/gm
/** Text whose strings are not all there to be read. */
const COMPUTED = /[+\\%]|\bf["']|\.\s*\w+\s*\(/
