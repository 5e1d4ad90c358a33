import type { RuleCall, RuleExpression, RuleStatement } from './syntax.ts'
import { RuleError } from './text.ts'

/** What an expression stands for; null is `None`, and what a call of a rule function gives. */
export type RuleValue = string | null | readonly RuleValue[]

/** A call with its values: by name, each with the place it is written at. */
export interface GivenCall {
  readonly name: string
  readonly at: number
  readonly values: ReadonlyMap<string, { readonly value: RuleValue; readonly at: number }>
}

/** What the functions take, in the order of their places. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  prefix_rule: ['pattern', 'decision', 'match', 'not_match', 'justification'],
  network_rule: ['host', 'protocol', 'decision', 'justification'],
  host_executable: ['name', 'paths'],
}

/** Expressions, and elements and characters of what they make, of one file. */
const MAX_STEPS = 200_000

/** Works out the calls of one file, statement by statement. No more can be made of it than {@link MAX_STEPS} allow. */
export class RuleEvaluation {
  readonly #names = new Map<string, RuleValue>()
  #steps = 0
  #calls: GivenCall[] = []

  /** The calls a statement makes, in order. @throws RuleError */
  run({ target, value }: RuleStatement): readonly GivenCall[] {
    this.#calls = []
    const made = this.#value(value, new Map())
    if (target === null) return this.#calls
    if (this.#names.has(target)) throw new RuleError(`${target} has a value already`, value.at)
    this.#names.set(target, made)
    return this.#calls
  }

  #value(expression: RuleExpression, locals: ReadonlyMap<string, RuleValue>): RuleValue {
    const { at } = expression
    this.#spend(1, at)
    switch (expression.kind) {
      case 'string':
        return expression.value
      case 'list':
        return expression.items.map((item) => this.#value(item, locals))
      case 'name':
        return this.#named(expression.name, at, locals)
      case 'sum':
        return expression.terms.map((term) => this.#value(term, locals)).reduce((left, right) => this.#add(left, right, at))
      case 'each':
        return this.#each(expression, 0, locals)
      case 'call':
        this.#calls.push(this.#call(expression, locals))
        return null
    }
  }

  #named(name: string, at: number, locals: ReadonlyMap<string, RuleValue>): RuleValue {
    if (name === 'None') return null
    const value = locals.get(name) ?? this.#names.get(name)
    if (value === undefined) throw new RuleError(`${name} is not known here`, at)
    return value
  }

  #add(left: RuleValue, right: RuleValue, at: number): RuleValue {
    if (left === null || right === null || typeof left !== typeof right) throw new RuleError('+ joins two strings or two lists', at)
    this.#spend(left.length + right.length, at)
    return typeof left === 'string' ? left + (right as string) : [...left, ...(right as readonly RuleValue[])]
  }

  #each(expression: Extract<RuleExpression, { kind: 'each' }>, depth: number, locals: ReadonlyMap<string, RuleValue>): RuleValue[] {
    const loop = expression.loops[depth]
    if (loop === undefined) return [this.#value(expression.body, locals)]
    const source = this.#value(loop.source, locals)
    if (!isList(source)) throw new RuleError('for goes through a list', loop.source.at)
    return source.flatMap((element) => this.#each(expression, depth + 1, new Map(locals).set(loop.name, element)))
  }

  #call({ name, given, at }: RuleCall, locals: ReadonlyMap<string, RuleValue>): GivenCall {
    const parameters = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined
    if (parameters === undefined)
      throw new RuleError(`${name} is no function of rule files; those are ${Object.keys(PARAMETERS).join(', ')}`, at)
    const values = new Map<string, { readonly value: RuleValue; readonly at: number }>()
    given.forEach((argument, index) => {
      const parameter = argument.name ?? parameters[index]
      if (parameter === undefined) throw new RuleError(`${name} takes no more than ${parameters.length} values`, argument.at)
      if (!parameters.includes(parameter))
        throw new RuleError(`${name} takes no ${parameter}; it takes ${parameters.join(', ')}`, argument.at)
      if (values.has(parameter)) throw new RuleError(`${parameter} is given twice`, argument.at)
      const value = this.#value(argument.value, locals)
      values.set(parameter, { value, at: argument.value.at })
    })
    return { name, at, values }
  }

  #spend(steps: number, at: number): void {
    this.#steps += steps
    if (this.#steps > MAX_STEPS) throw new RuleError('this file makes too much of itself; write fewer and shorter rules', at)
  }
}

export function isList(value: RuleValue): value is readonly RuleValue[] {
  return Array.isArray(value)
}
