import { RuleLexer, type RuleToken } from './lex.ts'
import { RuleError } from './text.ts'

export interface RuleCall {
  readonly kind: 'call'
  readonly at: number
  readonly name: string
  /** `name` is null for one given by its place. */
  readonly given: readonly { readonly name: string | null; readonly value: RuleExpression; readonly at: number }[]
}

export type RuleExpression =
  | { readonly kind: 'string'; readonly at: number; readonly value: string }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly RuleExpression[] }
  | { readonly kind: 'sum'; readonly at: number; readonly terms: readonly RuleExpression[] }
  | { readonly kind: 'each'; readonly at: number; readonly body: RuleExpression; readonly loops: readonly RuleLoop[] }
  | RuleCall

/** `for name in source`. */
export interface RuleLoop {
  readonly name: string
  readonly source: RuleExpression
}

export interface RuleStatement {
  /** What it is kept as; null for an expression by itself. */
  readonly target: string | null
  readonly value: RuleExpression
  readonly end: number
}

/** Deepest nesting of brackets. */
const MAX_DEPTH = 50

/** Reads the statement that begins at `at`; null behind the last one. @throws RuleError */
export function readStatement(text: string, at: number): RuleStatement | null {
  const lexer = new RuleLexer(text, at)
  return lexer.done ? null : new StatementReader(lexer).statement()
}

/** The part of the language that rules are written in: calls, strings, lists, `+`, comprehensions and names given once. */
class StatementReader {
  readonly #lexer: RuleLexer
  #token: RuleToken
  #depth = 0

  constructor(lexer: RuleLexer) {
    this.#lexer = lexer
    this.#token = lexer.next()
  }

  statement(): RuleStatement {
    const first = this.#token
    if (first.kind === 'name' && UNREAD.has(first.name)) throw new RuleError(`${first.name} is not read in a rule file; ${WRITE}`, first.at)
    const value = this.#expression()
    if (!this.#is('=')) return { target: null, value, end: this.#end() }
    if (value.kind !== 'name') throw new RuleError('only a name can be given a value', value.at)
    this.#take()
    return { target: value.name, value: this.#expression(), end: this.#end() }
  }

  #end(): number {
    if (this.#token.kind !== 'end') throw this.#unexpected('the end of the line')
    return this.#lexer.at
  }

  #expression(): RuleExpression {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new RuleError(`this nests deeper than ${MAX_DEPTH} levels`, this.#token.at)
    const first = this.#term()
    const terms = [first]
    while (this.#is('+')) {
      this.#take()
      terms.push(this.#term())
    }
    this.#depth -= 1
    return terms.length === 1 ? first : { kind: 'sum', at: first.at, terms }
  }

  #term(): RuleExpression {
    const token = this.#token
    const { at } = token
    if (token.kind === 'string') {
      this.#take()
      return { kind: 'string', at, value: token.value }
    }
    if (this.#is('[')) return this.#list(at)
    if (this.#is('(')) return this.#group(at)
    if (token.kind !== 'name') throw this.#unexpected('a string, a list, a name or a call')
    this.#take()
    return this.#is('(') ? this.#call(token.name, at) : { kind: 'name', at, name: token.name }
  }

  #list(at: number): RuleExpression {
    this.#take()
    const items: RuleExpression[] = []
    while (!this.#is(']')) {
      items.push(this.#expression())
      const [body] = items
      if (items.length === 1 && body !== undefined && this.#isName('for')) return this.#comprehension(at, body)
      if (!this.#is(']')) this.#expect(',')
    }
    this.#take()
    return { kind: 'list', at, items }
  }

  #comprehension(at: number, body: RuleExpression): RuleExpression {
    const loops: RuleLoop[] = []
    while (this.#isName('for')) {
      this.#take()
      const variable = this.#token
      if (variable.kind !== 'name') throw this.#unexpected('a name')
      this.#take()
      if (!this.#isName('in')) throw this.#unexpected('in')
      this.#take()
      loops.push({ name: variable.name, source: this.#expression() })
    }
    this.#expect(']')
    return { kind: 'each', at, body, loops }
  }

  /** Brackets around one expression, or a tuple, which is as good as a list here. */
  #group(at: number): RuleExpression {
    this.#take()
    const items: RuleExpression[] = []
    let isTuple = this.#is(')')
    while (!this.#is(')')) {
      items.push(this.#expression())
      if (this.#is(')')) break
      this.#expect(',')
      isTuple = true
    }
    this.#take()
    const [only] = items
    return isTuple || only === undefined ? { kind: 'list', at, items } : only
  }

  #call(name: string, at: number): RuleExpression {
    this.#take()
    const given: RuleCall['given'][number][] = []
    while (!this.#is(')')) {
      given.push(this.#argument())
      if (!this.#is(')')) this.#expect(',')
    }
    this.#take()
    return { kind: 'call', at, name, given }
  }

  #argument(): RuleCall['given'][number] {
    const { at } = this.#token
    const value = this.#expression()
    if (!this.#is('=')) return { name: null, value, at }
    if (value.kind !== 'name') throw new RuleError('only a name can be given a value', at)
    this.#take()
    return { name: value.name, value: this.#expression(), at }
  }

  #is(mark: string): boolean {
    return this.#token.kind === 'mark' && this.#token.mark === mark
  }

  #isName(name: string): boolean {
    return this.#token.kind === 'name' && this.#token.name === name
  }

  #take(): void {
    this.#token = this.#lexer.next()
  }

  #expect(mark: string): void {
    if (!this.#is(mark)) throw this.#unexpected(mark)
    this.#take()
  }

  #unexpected(wanted: string): RuleError {
    const token = this.#token
    const found =
      token.kind === 'string' ? 'a string' : token.kind === 'name' ? token.name : token.kind === 'mark' ? token.mark : 'the end of the line'
    return new RuleError(`expected ${wanted} but found ${found}`, token.at)
  }
}

const WRITE = 'write each rule out, or use a list comprehension'
const UNREAD: ReadonlySet<string> = new Set('def for if while load return lambda import from'.split(' '))
