import { Deferred } from '@octavo/base'
import type {
  ContributorContext,
  ContributorKind,
  Extension,
  PostToolUseVerdict,
  PreToolUseVerdict,
  TurnTaskHost,
} from '@octavo/extension-api'
import type { ApprovalDecision, ResponseItem } from '@octavo/protocol'
import type { Chance } from '../chance.ts'
import { asked } from '../fakes/family.ts'
import { FakeTool } from '../fakes/tools.ts'
import { messageOf, words } from './life.ts'

/**
 * Extensions that do at each call what they feel like: as a rule nothing, or what they may, late or at once; now and then they throw, hang
 * or return garbage.
 */
export class Moods {
  readonly #chance: Chance
  /** How likely a call goes wrong. */
  readonly #trouble: number
  readonly #late: Deferred<void>[] = []
  readonly #tool = new FakeTool('moody', { immediate: true })
  /** What the section tells the model. */
  weather = 0
  /** Set: they behave from now on. */
  calm = false

  constructor(chance: Chance) {
    this.#chance = chance
    this.#trouble = chance.pick(0, 0.02, 0.1)
  }

  /** Those that take their time have taken it. */
  answer(): void {
    for (const late of this.#late.splice(0)) late.resolve()
  }

  get extensions(): readonly Extension[] {
    const { moody, strict, rewriting } = { moody: this.#moody(), strict: this.#strict(), rewriting: this.#rewriting() }
    return [moody, ...(this.#chance.is(0.15) ? [strict] : []), ...(this.#chance.is(0.15) ? [rewriting] : [])]
  }

  #moody(): Extension {
    const nothing = (kind: ContributorKind) => () => this.#feel<void>(kind, undefined, [])
    const tools = [this.#tool]
    return {
      id: 'moody',
      contributes: {
        threadLifecycle: {
          started: nothing('threadLifecycle'),
          resumed: nothing('threadLifecycle'),
          idle: nothing('threadLifecycle'),
          stopped: nothing('threadLifecycle'),
        },
        turnLifecycle: {
          started: nothing('turnLifecycle'),
          stopped: nothing('turnLifecycle'),
          aborted: nothing('turnLifecycle'),
          failed: nothing('turnLifecycle'),
        },
        toolLifecycle: { started: nothing('toolLifecycle'), finished: nothing('toolLifecycle') },
        tokenUsage: { used: nothing('tokenUsage') },
        skillInvocation: { invoked: nothing('skillInvocation') },
        settings: { changed: nothing('settings') },
        config: { settings: () => this.#feel('config', {}, []) },
        context: {
          thread: () => this.#feel('context', [{ slot: 'developer', text: 'a moody thread' }], []),
          turn: () => this.#feel('context', [], [[{ slot: 'user', text: 'a moody turn' }]]),
        },
        worldState: [
          {
            id: 'weather',
            slot: 'user',
            capture: () => this.#feel('worldState', this.weather, []),
            render: (current) => this.#now(`the weather is ${JSON.stringify(current)}`),
          },
        ],
        turnInput: { contribute: () => this.#feel('turnInput', [], [['well said']]) },
        tools: { tools: () => this.#feel('tools', tools, []) },
        preToolUse: {
          intercept: () =>
            this.#feel<PreToolUseVerdict>('preToolUse', { kind: 'allow' }, [
              { kind: 'deny', message: 'not today' },
              { kind: 'rewrite', raw: '{"calm":true}' },
              { kind: 'rewrite', raw: '{' },
              { kind: 'ask', reason: 'a feeling' },
            ]),
        },
        postToolUse: {
          intercept: () =>
            this.#feel<PostToolUseVerdict>('postToolUse', { kind: 'keep' }, [
              { kind: 'add', text: 'and more' },
              { kind: 'replace', content: 'something else' },
            ]),
        },
        approval: {
          review: () =>
            this.#feel<ApprovalDecision | 'abstain'>('approval', 'abstain', [
              { kind: 'approved' },
              { kind: 'denied', message: 'no' },
              { kind: 'abort' },
            ]),
        },
        effects: { beforeWrite: nothing('effects') },
        compaction: {
          compact: ({ items, pinned }) =>
            this.#feel<readonly ResponseItem[] | null>('compaction', null, [
              [],
              items,
              [...pinned, messageOf('user', 'it went well so far')],
              [{ type: 'function_call', call_id: 'lonely', name: 'shared', arguments: '{}' }],
            ]),
        },
        turnEnd: { wantsAnotherStep: () => this.#feel('turnEnd', [], [words('one more thing')]) },
        turnTasks: { review: async (_op, host, context) => await this.#review(host, context) },
      },
    }
  }

  /** Looks at the work by itself, or has a delegate look at it. */
  async #review(host: TurnTaskHost, { signal }: ContributorContext): Promise<string | null> {
    const item = { type: 'exitedReview', id: host.itemId(), review: null } as const
    host.startItem(item)
    try {
      // It has no deadline, so it never hangs.
      if (this.calm || this.#chance.is(0.5)) return this.#now('well done')
      const request = asked({ input: words('look at it'), oneShot: true, until: signal, notify: false, ephemeral: true })
      await using delegate = await host.spawn(request)
      const { lastMessage } = await delegate.result(signal)
      host.record([messageOf('user', `seen: ${lastMessage}`)])
      return lastMessage
    } finally {
      host.completeItem(item)
    }
  }

  /** Whose failure is the turn's. */
  #strict(): Extension {
    const nothing = (kind: ContributorKind) => () => this.#feel<void>(kind, undefined, [])
    return {
      id: 'strict',
      required: true,
      contributes: {
        turnLifecycle: { started: nothing('turnLifecycle'), stopped: nothing('turnLifecycle'), aborted: nothing('turnLifecycle') },
        toolLifecycle: { started: nothing('toolLifecycle'), finished: nothing('toolLifecycle') },
        postToolUse: { intercept: () => this.#feel('postToolUse', { kind: 'keep' }, []) },
        turnEnd: { wantsAnotherStep: () => this.#feel('turnEnd', [], []) },
        threadLifecycle: { idle: nothing('threadLifecycle'), stopped: nothing('threadLifecycle') },
      },
    }
  }

  #rewriting(): Extension {
    return {
      id: 'rewriting',
      contributes: {
        turnItems: {
          rewrites: true,
          item: (item) => this.#now(item.type === 'agentMessage' ? { ...item, text: `*${item.text}*` } : item),
        },
      },
    }
  }

  #feel<T>(kind: ContributorKind, usual: T, others: readonly T[]): T | Promise<T> {
    if (this.calm) return usual
    const chance = this.#chance
    if (chance.is(this.#trouble)) return this.#misbehave<T>(kind)
    const value = chance.is(0.15) ? (chance.of(others) ?? usual) : usual
    if (chance.is(0.8)) return value
    if (chance.is(0.7)) return Promise.resolve(value)
    const late = new Deferred<void>()
    this.#late.push(late)
    return late.promise.then(() => value)
  }

  #misbehave<T>(kind: ContributorKind): T | Promise<T> {
    const how = this.#chance.below(4)
    if (how === 0) throw new Error(`not in the mood for ${kind}`)
    if (how === 1) return Promise.reject(new Error(`changed its mind about ${kind}`))
    if (how === 2) return new Promise<T>(() => {})
    return 42 as T // which is not what is due
  }

  /** For what must answer at once. */
  #now<T>(usual: T): T {
    if (!this.calm && this.#chance.is(this.#trouble)) throw new Error('not now')
    return usual
  }
}
