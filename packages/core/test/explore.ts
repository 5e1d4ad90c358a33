import { AbsolutePath, Deferred } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import { callIdOf, isCallItem } from '@octavo/protocol'
import type {
  ApprovalDecision,
  EnvironmentId,
  Op,
  ResponseItem,
  SettingsOverrides,
  SubmissionId,
  TokenUsage,
  UserInput,
} from '@octavo/protocol'
import type { RolloutLine } from '@octavo/protocol/rollout'
import { replayRollout } from '../src/index.ts'
import type { Submission, TurnHandle, TurnResult } from '../src/index.ts'
import { Chance } from './chance.ts'
import { ALLOW, ASK, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { added, breaks, call, calls, completed, done, gate, message, says, saying, text, tokens } from './fakes/model.ts'
import type { Gate, Script, ScriptStep } from './fakes/model.ts'
import { answerOp, askingTool, clientTool } from './fakes/asking.ts'
import { DENIAL, FakeTool, terminalTool } from './fakes/tools.ts'
import { brokenByEvents, brokenByHistory, brokenByPrompts, isForSummary } from './invariants.ts'

const STEPS = 60
/** Tokens of the window of those threads that come to its end. */
const SMALL_WINDOW = 2_000
/** Requests after which the model only says something, so that a run comes to an end. */
const TALKATIVE = 25

/** One run: a thread, and somebody who does anything at any time. */
class Chaos {
  readonly chance: Chance
  readonly tools: FakeTool[]
  readonly world: World
  readonly handles: TurnHandle[] = []
  readonly submissions: Submission[] = []
  /** Who brought each text along. */
  readonly inputs = new Map<string, SubmissionId>()
  readonly injected = new Map<string, SubmissionId>()
  readonly shells = new Map<string, SubmissionId>()
  readonly pinned = new Set<string>()
  readonly #small: boolean
  readonly #gates: Gate[] = []
  readonly #asked: Deferred<ApprovalDecision>[] = []
  #count = 0

  constructor(seed: number) {
    this.chance = new Chance(seed)
    const { chance } = this
    this.tools = [
      new FakeTool('shared', { onDenied: 'ask' }),
      new FakeTool('alone', { concurrency: 'exclusive' }),
      new FakeTool('deaf', { deaf: true }),
      terminalTool('exec', 400),
      askingTool(chance),
    ]
    this.#small = chance.is(0.5)
    this.world = new World({
      tools: this.tools,
      ...(this.#small ? { defaults: { contextWindow: SMALL_WINDOW } } : {}),
      decide: ({ denial }) => {
        if (denial !== null) return chance.is(0.5) ? ASK : { kind: 'forbid', message: 'not wider', trace: [] }
        if (chance.is(0.7)) return ALLOW
        return chance.is(0.7) ? ASK : { kind: 'forbid', message: 'forbidden', trace: [] }
      },
      // Two kinds wait for an op; the others find nobody when the approver abstains.
      ports: { answers: (kind) => kind === 'userInput' || kind === 'dynamicTool' },
      approvers: [
        {
          id: 'somebody',
          presence: 'live',
          review: () => {
            const asked = new Deferred<ApprovalDecision>()
            this.#asked.push(asked)
            return asked.promise
          },
          answer: async () => (chance.is(0.8) ? 'abstain' : (null as never)),
        },
      ],
    })
    this.world.model.otherwise = () => this.#script()
    this.world.model.limits = { streamMaxRetries: 2, requestMaxRetries: 1, streamIdleTimeoutMs: 30_000 }
  }

  name(kind: string): string {
    this.#count += 1
    return `${kind}-${this.#count}`
  }

  #script(): Script {
    const { chance } = this
    if (this.world.model.requests.length > TALKATIVE) return says('enough')
    const steps: ScriptStep[] = []
    const pieces = chance.below(5)
    for (let index = 0; index < pieces; index += 1) {
      if (chance.is(0.3)) steps.push(this.#gate())
      const made = chance.next()
      if (made < 0.35) steps.push(...saying(`said ${this.name('m')}`, index))
      else if (made < 0.45) steps.push(added(index, message('')), text(index, 'unfin'), text(index, 'ished'))
      else if (made < 0.5) steps.push(done(index, { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }))
      else {
        const name = chance.of(['shared', 'alone', 'deaf', 'exec', 'unknown', 'shared', 'asks', 'ours', 'theirs']) ?? 'shared'
        steps.push(done(index, call(chance.is(0.1) ? 'again' : this.name('c'), name, chance.is(0.05) ? '{' : '{}')))
      }
    }
    const end = chance.next()
    if (end < 0.12) steps.push(breaks('stream_closed'))
    else if (end < 0.16) steps.push(breaks('unauthorized'))
    else if (end < 0.18) steps.push(new Error('a bug of the provider'))
    else if (end < 0.21) steps.push(breaks('context_window_exceeded'))
    else if (end > 0.22) steps.push(completed(chance.is(0.03) ? null : this.#usage(), chance.is(0.05) ? false : null))
    if (end > 0.95) steps.push(breaks('stream_failed'))
    return steps
  }

  /** Now and then so much that history must be shortened, or more than the model takes. */
  #usage(): TokenUsage {
    return tokens(this.#small && this.chance.is(0.3) ? SMALL_WINDOW - this.chance.below(300) : 10)
  }

  #gate(): Gate {
    const held = gate()
    this.#gates.push(held)
    return held
  }

  /** Some promises further, or a little later, or not at all. */
  async wait(): Promise<void> {
    const { chance, world } = this
    const how = chance.next()
    if (how < 0.5) for (let turn = chance.below(12); turn > 0; turn -= 1) await Promise.resolve()
    else if (how < 0.8) await tick()
    else if (how < 0.9) await world.clock.advance(chance.below(300))
    else await world.clock.advanceToNext()
  }

  input(): UserInput[] {
    return [{ type: 'text', text: this.name('input') }]
  }

  submitInput(watched: Watched, options: Parameters<Watched['thread']['submit']>[1]): void {
    const items = this.input()
    const id = this.name('op') as SubmissionId
    this.inputs.set(textOf(items), id)
    this.submissions.push(watched.thread.submit({ type: 'userInput', items }, { ...options, id }))
    if (this.chance.is(0.1)) this.submissions.push(watched.thread.submit({ type: 'userInput', items }, { ...options, id }))
  }

  async run(watched: Watched, replace: boolean): Promise<void> {
    const items = this.input()
    const id = this.name('run') as SubmissionId
    this.inputs.set(textOf(items), id)
    const settings = this.chance.is(0.3) ? { settings: { effort: this.name('effort') } } : {}
    try {
      this.handles.push(await watched.thread.run(items, { id, replace, ...settings }))
    } catch {
      // Refused: its admission says so.
    }
  }

  step(watched: Watched): void {
    const { chance, world } = this
    const { thread } = watched
    const handle = chance.of(this.handles)
    const acts: (() => void)[] = [
      () => void this.run(watched, chance.is(0.3)),
      () => void this.run(watched, false),
      () => this.submitInput(watched, chance.is(0.2) ? { replace: true } : {}),
      () => this.submitInput(watched, { whenBusy: chance.of(['steer', 'queue', 'reject'] as const) ?? 'steer' }),
      () => {
        const items = this.input()
        if (handle === undefined) return
        const clientMetadata = chance.is(0.3) ? { clientMetadata: { made: this.name('meta') } } : {}
        const submission = thread.submit({ type: 'steer', items, expectedTurnId: handle.id, ...clientMetadata })
        this.submissions.push(submission)
        this.inputs.set(textOf(items), submission.id)
      },
      () => {
        const said = this.name('injected')
        const item: ResponseItem = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: said }] }
        const pinned = chance.is(0.3)
        if (pinned) this.pinned.add(said)
        const submission = thread.submit({ type: 'injectItems', items: [item], pinned })
        this.submissions.push(submission)
        this.injected.set(said, submission.id)
      },
      () => {
        const command = this.name('command')
        const submission = thread.submit({ type: 'userShell', command })
        this.submissions.push(submission)
        this.shells.set(command, submission.id)
      },
      () => {
        const said = this.name('injected')
        const item: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_text', text: said }] }
        const when = chance.of(['ifRunning', 'startIfIdle'] as const) ?? 'ifRunning'
        const submission = thread.submit({ type: 'injectItems', items: [item], when, pinned: chance.is(0.5) })
        this.submissions.push(submission)
        this.injected.set(said, submission.id)
      },
      () => void this.submissions.push(thread.submit({ type: 'settings', settings: this.override() })),
      () => void world.engine.refresh({ serviceTier: this.name('tier'), effort: this.name('effort') }),
      () => void world.engine.resumeThread(thread.id, { settings: this.override() }).catch(() => {}), // refused: its admission says so
      () => void this.submissions.push(thread.submit({ type: this.name('op') } as unknown as Op)),
      () => void (chance.is(0.5) ? this.submissions.push(thread.submit({ type: 'interrupt' })) : handle?.interrupt()),
      () => void this.submissions.push(thread.submit({ type: 'cleanTerminals' })),
      () => void this.submissions.push(thread.submit({ type: 'compact' })),
      () => this.answer(watched),
      () => this.answer(watched),
      () => void this.submissions.push(thread.submit({ type: 'hold', change: chance.of(['begin', 'end'] as const) ?? 'end' })),
      () => {
        const tools = [clientTool('ours'), clientTool('theirs', { parallel: true, deadlineMs: 500 })]
        this.submissions.push(thread.submit({ type: 'dynamicTools', tools: tools.slice(chance.below(3)) }))
      },
      () => void chance.of(this.#asked)?.resolve(this.decision()),
      () => chance.of(this.#gates)?.resolve(),
      () => chance.of(this.#gates)?.resolve(),
      () => this.endCall(),
      () => this.endCall(),
      () => this.moveProcess(),
      () => void (world.store.flushFails = chance.is(0.3) ? new StoreError('unwritable', 'full') : null),
      () => void (world.workspace.spawnFails = chance.is(0.2) ? new Error('no process') : null),
    ]
    chance.of(acts)?.()
  }

  override(): SettingsOverrides {
    const box = { id: this.name('box') as EnvironmentId, cwd: AbsolutePath.from('/repo') }
    return (
      this.chance.of<SettingsOverrides>([
        { effort: this.name('effort') },
        { effort: null, personality: 'friendly' },
        { personality: null, collaborationMode: { mode: 'plan', instructions: null } },
        { collaborationMode: { mode: 'default', instructions: this.name('words') } },
        { environments: [] },
        { environments: [box] },
        { environments: [box, box] },
        { environments: null, model: '' },
      ]) ?? {}
    )
  }

  decision(): ApprovalDecision {
    return (
      this.chance.of<ApprovalDecision>([
        { kind: 'approved' },
        { kind: 'approvedForSession' },
        { kind: 'denied', message: null },
        { kind: 'abort' },
      ]) ?? { kind: 'approved' }
    )
  }

  answer({ thread }: Watched): void {
    const request = this.chance.of(thread.pendingRequests())
    if (request !== undefined) this.submissions.push(thread.submit(answerOp(request, this.decision())))
  }

  endCall(): void {
    const { chance } = this
    const open = this.tools.flatMap((tool) => tool.calls.filter(({ result }) => !result.settled))
    const made = chance.of(open)
    if (made === undefined) return
    const how = chance.next()
    if (how < 0.7) made.finish()
    else if (how < 0.85) made.fail(new Error('broken tool'))
    else made.deny()
  }

  moveProcess(): void {
    const { chance } = this
    const process = chance.of(this.world.workspace.started.filter(({ running }) => running))
    if (process === undefined) return
    if (chance.is(0.5)) process.print(`printed ${this.name('p')}\n`)
    else process.exitWith(chance.below(2), chance.is(0.3) ? { denial: DENIAL } : {})
  }

  /** Lets all that is open come to its end, until nothing moves. */
  async drain(watched: Watched): Promise<void> {
    const { world } = this
    world.store.flushFails = null
    for (let round = 0, quiet = 0; quiet < 3; round += 1) {
      for (const held of this.#gates) held.resolve()
      for (const asked of this.#asked) asked.resolve({ kind: 'denied', message: null })
      for (const tool of this.tools) for (const made of tool.calls) made.finish()
      for (const request of watched.thread.pendingRequests()) watched.thread.submit(answerOp(request, { kind: 'denied', message: null }))
      watched.thread.submit({ type: 'hold', change: 'end' })
      for (const process of world.workspace.started) if (this.shells.has(process.request.argv.at(-1) ?? '')) process.exitWith(0)
      await tick()
      quiet = watched.thread.snapshot().turn === null ? quiet + 1 : 0
      if (quiet === 0) await world.clock.advanceToNext()
      if (round > 1_000) throw new Error('a turn is stuck')
    }
  }
}

async function dispose(world: World, thing: AsyncDisposable): Promise<void> {
  await world.finish((async () => await thing[Symbol.asyncDispose]())())
}

function textOf(items: readonly UserInput[]): string {
  return items.map((item) => (item.type === 'text' ? item.text : '')).join('')
}

function linesOf(lines: readonly RolloutLine[]): readonly ResponseItem[] {
  return lines.flatMap(({ item }) => (item.type === 'response_item' ? [item.payload] : []))
}

/** How often a text is in history, and how often it was given back. */
function countOf(said: string, history: readonly ResponseItem[], given: readonly UserInput[]): readonly [number, number] {
  const inHistory = history.filter(
    (item) => item.type === 'message' && item.content.some((part) => 'text' in part && part.text === said),
  ).length
  return [inHistory, given.filter((input) => input.type === 'text' && input.text === said).length]
}

export async function explore(seed: number): Promise<string[]> {
  const chaos = new Chaos(seed)
  const { world, chance } = chaos
  const watched = await world.start({ dynamicTools: [clientTool('ours')] })
  for (let step = 0; step < STEPS; step += 1) {
    chaos.step(watched)
    await chaos.wait()
  }
  const problems: string[] = []
  world.store.flushFails = null
  let live: readonly ResponseItem[] | null = null
  if (chance.is(0.6)) {
    await chaos.drain(watched)
    const scripts = [calls(['last', 'shared']), says('the end')]
    world.model.otherwise = () => (isForSummary(world.model.requests.at(-1)) ? says('in short') : (scripts.shift() ?? says('too much')))
    world.ports.policy.decide = () => ALLOW
    const last = await watched.thread.run('one more')
    await tick()
    const [made] = chaos.tools[0]?.of('last') ?? []
    live = made?.context.history() ?? []
    made?.finish()
    const result = await world.finish(last.done)
    if (result.lastMessage !== 'the end') problems.push(`the thread does not go on: ${result.status} ${result.error?.message}`)
  }
  await dispose(world, watched.thread)
  await tick()

  const results: TurnResult[] = await Promise.all(chaos.handles.map(({ done: ended }) => ended))
  await Promise.all(chaos.submissions.flatMap(({ admitted, recorded }) => [admitted, recorded]))
  const replayed = replayRollout(world.store.lines(watched.thread.id))
  problems.push(
    ...brokenByEvents(watched.events),
    ...brokenByPrompts(world.model.requests),
    ...brokenByHistory(replayed.history, 'the file'),
  )
  const compacted = world.store
    .lines(watched.thread.id)
    .flatMap(({ item }) => (item.type === 'compacted' ? [item.payload.window_number] : []))
  const announced = watched.of('compaction.completed').map(({ window }) => window)
  if (world.store.isMade(watched.thread.id) && JSON.stringify(compacted) !== JSON.stringify(announced))
    problems.push(`windows ${announced.join()} were told and ${compacted.join()} recorded`)
  if (announced.some((window, at) => window !== at + 1)) problems.push(`windows are numbered ${announced.join()}`)
  if (live !== null && JSON.stringify(live) !== JSON.stringify(replayed.history)) problems.push('the file replays to another history')
  for (const process of world.workspace.started) if (process.running) problems.push('a process outlives its thread')
  for (const tool of chaos.tools)
    // A window may bring an id back that an earlier one had; each such call may run twice.
    for (const { id } of tool.calls) {
      const made = linesOf(world.store.lines(watched.thread.id)).filter((item) => isCallItem(item) && callIdOf(item) === id).length
      if (tool.of(id).length > 2 * Math.max(1, made)) problems.push(`call ${id} ran ${tool.of(id).length} times`)
    }
  if (world.store.isHeld(watched.thread.id)) problems.push('the lease is not given back')

  const ends = new Map(watched.of('turn.completed').map((event) => [event.turn.id, event]))
  for (const [index, { id }] of chaos.handles.entries()) {
    if (JSON.stringify(ends.get(id)?.unused) !== JSON.stringify(results[index]?.unused)) problems.push(`turn ${id} gives back two things`)
  }
  const given = watched.of('turn.completed').flatMap(({ unused }) => unused)
  const known = new Map(
    watched
      .of('submission.admitted')
      .flatMap(({ id, admission: { kind } }) => (kind === 'repeated' || kind === 'refused' ? [] : [[id, kind]])),
  )
  // A thread whose file could never be made leaves nothing, and says so by its turns.
  if (!world.store.isMade(watched.thread.id)) return problems
  for (const [said, id] of chaos.inputs) {
    const [inHistory, back] = countOf(said, replayed.history, given)
    const kind = known.get(id)
    const wanted = kind === undefined ? 0 : 1
    if (inHistory + back !== wanted) problems.push(`${said} (${kind}) is ${inHistory} times in history and was given back ${back} times`)
  }
  const ran = watched.of('item.started').flatMap(({ item }) => (item.type === 'commandExecution' ? [item.command.at(-1)] : []))
  for (const [command, id] of chaos.shells) {
    const told = linesOf(world.store.lines(watched.thread.id)).filter(
      (item) => item.type === 'message' && item.content.some((part) => 'text' in part && part.text.includes(`\n${command}\n</command>`)),
    ).length
    const times = ran.filter((script) => script === command).length
    if (told !== times) problems.push(`${command} (${known.get(id)}) ran ${times} times and is ${told} times in the file`)
    if (!known.has(id) && times > 0) problems.push(`${command} was refused and ran`)
  }
  for (const [said, id] of chaos.injected) {
    const [recorded] = countOf(said, linesOf(world.store.lines(watched.thread.id)), [])
    if (recorded !== (known.has(id) ? 1 : 0)) problems.push(`${said} (${known.get(id)}) is ${recorded} times in the file`)
    const [inHistory] = countOf(said, replayed.history, [])
    // Only what is pinned stays when history is shortened.
    const stays = compacted.length === 0 || chaos.pinned.has(said)
    if (stays && inHistory !== recorded) problems.push(`${said} is ${inHistory} times in history`)
  }
  return problems
}
