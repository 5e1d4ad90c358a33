import { UsageError } from '@octavo/base'
import type { ModelRequest } from '@octavo/extension-api'
import { matchesRequest } from './request-match.ts'
import type { RequestMatcher } from './request-match.ts'
import type { ScriptedStep, StepFunction } from './responses.ts'
import { ScriptMismatch } from './script-mismatch.ts'
import { providerOf } from './script-provider.ts'
import type { ScriptedModelOptions, ScriptedModelProvider } from './script-provider.ts'

type Answer = ScriptedStep | StepFunction

/** What to answer to which requests. */
export interface Rule {
  /** Stands for the rule in messages; default `rule 1`, `rule 2`… */
  readonly name?: string
  readonly when: RequestMatcher
  /** One answer for every time, or a list of answers in order. */
  readonly respond: Answer | readonly Answer[]
  /** How often the rule answers: exactly so often, or between two numbers. Default: at least once; a list as often as it is long. */
  readonly times?: number | { readonly min?: number; readonly max?: number }
}

/**
 * A model for agents whose requests come in no known order, such as those of many threads or of delegates. The first rule that
 * matches a request and may still answer does; a request that none answers fails and shows itself.
 */
export function rulesModel(rules: readonly Rule[], options: ScriptedModelOptions = {}): ScriptedModelProvider {
  const table = rules.map((rule, index) => new RuleCount(rule, index))
  return providerOf(
    {
      stepFor(request) {
        const found = table.find((each) => !each.isSpent && matchesRequest(request, each.rule.when))
        if (found !== undefined) return found.answer(request)
        const spent = table.filter(({ rule }) => matchesRequest(request, rule.when)).map(({ name, max }) => `${name} answered ${max} times`)
        throw new ScriptMismatch(
          spent.length === 0 ? 'no rule answers this request:' : `no rule answers this request any more (${spent.join(', ')}):`,
          request,
        )
      },
      remaining: () => table.reduce((sum, { missing }) => sum + missing, 0),
      unused: () => table.flatMap((each) => (each.missing === 0 ? [] : [each.complaint()])),
    },
    options,
  )
}

/** A rule and how often it has answered. */
class RuleCount {
  readonly rule: Rule
  readonly name: string
  readonly min: number
  readonly max: number
  #answered = 0

  constructor(rule: Rule, index: number) {
    this.rule = rule
    this.name = rule.name ?? `rule ${index + 1}`
    const { respond, times } = rule
    const length = isList(respond) ? respond.length : null
    const bounds = typeof times === 'number' ? { min: times, max: times } : times
    this.max = Math.min(bounds?.max ?? length ?? Infinity, length ?? Infinity)
    this.min = bounds?.min ?? (length === null ? Math.min(1, this.max) : this.max)
    if (!(this.min >= 0 && this.min <= this.max)) {
      throw new UsageError('invalid_rule', `${this.name} is to answer at least ${this.min} times, but can do so only ${this.max} times`)
    }
  }

  get isSpent(): boolean {
    return this.#answered >= this.max
  }

  get missing(): number {
    return Math.max(0, this.min - this.#answered)
  }

  answer(request: ModelRequest): ReturnType<StepFunction> {
    const index = this.#answered++
    const { respond } = this.rule
    // A list is never asked beyond its end: `max` is at most its length.
    const answer = isList(respond) ? (respond[index] as Answer) : respond
    return typeof answer === 'function' ? answer(request, index) : answer
  }

  complaint(): string {
    return `${this.name} answered ${this.#answered} of at least ${this.min} times`
  }
}

function isList(respond: Rule['respond']): respond is readonly Answer[] {
  return Array.isArray(respond)
}
