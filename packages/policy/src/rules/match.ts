import { basenameOf } from '../command/program.ts'
import type { HostExecutable, PrefixRule } from './rule.ts'

export interface RuleHit {
  readonly rule: PrefixRule
  /** The words of the command that the rule spoke of. */
  readonly prefix: readonly string[]
  /** The path that was taken for the program the rule names; null when the words are the same. */
  readonly resolved: string | null
  /** False for a path that stands for the program only because nobody said where that is. */
  readonly isListed: boolean
}

/** Prefix rules by the program they begin with. */
export class RuleIndex {
  readonly #byProgram = new Map<string, PrefixRule[]>()
  readonly #paths = new Map<string, Set<string>>()

  constructor(rules: readonly PrefixRule[], hosts: readonly HostExecutable[]) {
    for (const rule of rules) {
      const program = rule.pattern[0]?.[0] ?? ''
      const known = this.#byProgram.get(program)
      if (known === undefined) this.#byProgram.set(program, [rule])
      else known.push(rule)
    }
    for (const { name, paths } of hosts) {
      const known = this.#paths.get(name) ?? new Set()
      for (const path of paths) known.add(path)
      this.#paths.set(name, known)
    }
  }

  get isEmpty(): boolean {
    return this.#byProgram.size === 0
  }

  /**
   * The rules a command matches, by its words as they are; when there are none and its program is an absolute path, by the name of that
   * program, where the path may stand for it. `missed` are rules for the same program with other words.
   */
  look(words: readonly string[]): { readonly hits: readonly RuleHit[]; readonly missed: readonly PrefixRule[] } {
    const [program = ''] = words
    const plain = this.#hits(words, null, true)
    if (plain.hits.length > 0 || !/^(\/|[A-Za-z]:[\\/])/.test(program)) return plain
    const name = basenameOf(program)
    const paths = this.#paths.get(name)
    if (paths !== undefined && !paths.has(program)) return plain
    return this.#hits([name, ...words.slice(1)], program, paths !== undefined)
  }

  #hits(words: readonly string[], resolved: string | null, isListed: boolean): ReturnType<RuleIndex['look']> {
    const hits: RuleHit[] = []
    const missed: PrefixRule[] = []
    for (const rule of this.#byProgram.get(words[0] ?? '') ?? NONE) {
      if (isPrefix(rule.pattern, words)) hits.push({ rule, prefix: words.slice(0, rule.pattern.length), resolved, isListed })
      else missed.push(rule)
    }
    return { hits, missed }
  }
}

const NONE: readonly PrefixRule[] = []

function isPrefix(pattern: PrefixRule['pattern'], words: readonly string[]): boolean {
  return pattern.length <= words.length && pattern.every((allowed, index) => allowed.includes(words[index] ?? ''))
}
