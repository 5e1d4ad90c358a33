import { Deferred } from '@octavo/base'
import type { Approver } from '@octavo/extension-api'
import type { AnyRequestValue, ApprovalDecision, RequestKind } from '@octavo/protocol'
import type { Chance } from '../chance.ts'
import { NO, someValue } from './answers.ts'

interface Question {
  readonly kind: RequestKind
  readonly answer: Deferred<AnyRequestValue | 'abstain'>
}

/** Somebody who is asked things, and says something when told to. */
export class People {
  readonly approver: Approver
  readonly #chance: Chance
  readonly #open: Question[] = []
  /** Set: they say no at once. */
  calm = false

  constructor(chance: Chance) {
    this.#chance = chance
    this.approver = {
      id: 'somebody',
      presence: 'live',
      review: async ({ payload }) => (await this.#ask(payload.kind)) as ApprovalDecision | 'abstain',
      answer: async ({ payload }) => (chance.is(0.5) ? 'abstain' : await this.#ask(payload.kind)),
    }
  }

  /** One of them says what they think; `given` by whoever lets them. */
  say(given: Chance): void {
    const [one] = this.#open.splice(given.below(this.#open.length), 1)
    one?.answer.resolve(given.is(0.2) ? 'abstain' : someValue(one.kind, given))
  }

  sayNo(): void {
    for (const { kind, answer } of this.#open.splice(0)) answer.resolve(NO[kind])
  }

  async #ask(kind: RequestKind): Promise<AnyRequestValue | 'abstain'> {
    if (this.calm) return NO[kind]
    if (this.#chance.is(0.05)) throw new Error('gone')
    if (this.#chance.is(0.2)) return 'abstain'
    const answer = new Deferred<AnyRequestValue | 'abstain'>()
    this.#open.push({ kind, answer })
    return await answer.promise
  }
}
