import { systemClock } from '@octavo/base'
import type { ModelEvent, ModelRequest, Workspace } from '@octavo/extension-api'
import { isCallItem } from '@octavo/protocol'
import type { ResponseItem, TurnStatus } from '@octavo/protocol'
import type { RolloutLine } from '@octavo/protocol/rollout'
import type { Cassette, NormalFormOptions, RedactOptions } from '../cassette/index.ts'
import { Redactor } from '../cassette/redact.ts'
import { createTestEngine } from '../harness/engine.ts'
import type { TestEngineOptions } from '../harness/engine.ts'
import { raw, scriptedModel } from '../scripted-model/index.ts'
import type { ScriptedStep } from '../scripted-model/index.ts'
import { callsOf } from '../transcript/conversation.ts'
import { newOutputs, recordingOfCassette, recordingOfRollout } from './recording.ts'
import type { Recording, RecordedTurn } from './recording.ts'
import { compareCall } from './report.ts'
import type { DivergenceReport, ReplayedCall } from './report.ts'
import { TerminalNames } from './terminal-names.ts'

export interface ReplayOptions extends Omit<TestEngineOptions, 'model' | 'script' | 'faults'> {
  /** Where the tools work, on the system clock unless another is given. Absent: the test workspace of `files` and `commands`. */
  readonly workspace?: Workspace
  /** What to do after a call that differs: `continue`, the default, says what the model said then; `stop` ends the replay. */
  readonly onDivergence?: 'continue' | 'stop'
  /** Which thread of a cassette, from 0. */
  readonly thread?: number
  /** What else two runs may not share, in outputs. */
  readonly compare?: NormalFormOptions
  /** The secrets of this run; they are taken out of what is compared and reported, as they were when a cassette was recorded. */
  readonly redact?: RedactOptions
}

/**
 * Says again what the model of a recorded thread said, while the tools run for real, and compares what each call gives now with what
 * it gave then. The thread is a new one; settings and approvers are those given here, so that what was allowed then has to be allowed
 * again. A terminal that has another number now is called by it.
 */
export async function replayThread(recorded: Cassette | readonly RolloutLine[], options: ReplayOptions = {}): Promise<DivergenceReport> {
  const recording = isRollout(recorded) ? recordingOfRollout(recorded) : recordingOfCassette(recorded, options.thread ?? 0)
  const replay = new Replay(recording, options)
  const turns: TurnStatus[] = []
  await using world = createTestEngine(worldOf(options, replay))
  const thread = await world.startThread()
  for (const [index, turn] of recording.turns.entries()) {
    if (replay.stopped) break
    replay.begin(turn, index)
    turns.push((await thread.run(turn.input.length === 0 ? 'Go on.' : turn.input)).status)
  }
  const { calls, stopped } = replay
  return {
    calls,
    divergences: calls.filter(({ verdict }) => verdict === 'differs'),
    stopped,
    skipped: recording.calls.length - calls.length,
    turns,
  }
}

function isRollout(recorded: Cassette | readonly RolloutLine[]): recorded is readonly RolloutLine[] {
  return Array.isArray(recorded)
}

function worldOf({ workspace, ...options }: ReplayOptions, replay: Replay): TestEngineOptions {
  return {
    ...options,
    // A window that nothing fills: what the model said is said again, whatever was shortened then.
    model: scriptedModel((request) => replay.answer(request), { model: { contextWindow: 1_000_000_000 } }),
    ...(workspace === undefined ? {} : { cwd: workspace.cwd, clock: options.clock ?? systemClock }),
    ports: { ...(workspace === undefined ? {} : { workspace: () => workspace }), ...options.ports },
  }
}

/** Plays the turns one after the other, and looks at the outputs in the requests between. */
class Replay {
  readonly calls: ReplayedCall[] = []
  stopped = false
  readonly #recorded: ReadonlyMap<string, string | null>
  readonly #options: ReplayOptions
  readonly #terminals = new TerminalNames()
  readonly #redactor: Redactor
  #turn: RecordedTurn = { input: [], steps: [] }
  #index = 0
  #step = 0

  constructor({ calls }: Recording, options: ReplayOptions) {
    this.#recorded = new Map(calls.map(({ callId, output }) => [callId, output]))
    this.#options = options
    this.#redactor = new Redactor(options.redact)
  }

  begin(turn: RecordedTurn, index: number): void {
    this.#turn = turn
    this.#index = index
    this.#step = 0
  }

  answer({ input }: ModelRequest): ScriptedStep {
    this.#compare(input)
    const items = this.stopped ? undefined : this.#turn.steps[this.#step++]
    if (items === undefined) return response([LAST_WORDS], null)
    const isLast = this.#step === this.#turn.steps.length
    // A response without calls that others followed had a reason which is not in the recording.
    return response(
      items.map((item) => this.#terminals.translate(item)),
      isLast || items.some(isCallItem) ? null : false,
    )
  }

  #compare(input: readonly ResponseItem[]): void {
    const fresh = newOutputs(input)
    for (const { callId, tool, arguments: given, output } of callsOf(input)) {
      if (output === null || !fresh.has(callId)) continue
      const then = this.#recorded.get(callId) ?? null
      const recorded = then === null ? null : this.#redactor.text(then)
      const call = compareCall(
        { turn: this.#index, callId, tool, arguments: given, recorded, live: this.#redactor.text(output) },
        this.#options.compare ?? {},
      )
      this.calls.push(call)
      this.#terminals.learn(recorded ?? '', output)
      if (call.verdict === 'differs' && this.#options.onDivergence === 'stop') this.stopped = true
    }
  }
}

const LAST_WORDS: ResponseItem = {
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text: '(The recording of this turn ends here.)' }],
}

function response(items: readonly ResponseItem[], endTurn: boolean | null): ScriptedStep {
  const events = items.flatMap((item, index): ModelEvent[] => [
    { type: 'item.added', index, item: begun(item) },
    { type: 'item.done', index, item },
  ])
  return raw([{ type: 'activity' }, ...events, { type: 'completed', responseId: 'replayed', usage: null, endTurn }])
}

/** The item as it begins: without what it is going to say. */
function begun(item: ResponseItem): ResponseItem {
  switch (item.type) {
    case 'message':
      return { ...item, content: [] }
    case 'function_call':
      return { ...item, arguments: '' }
    case 'custom_tool_call':
      return { ...item, input: '' }
    default:
      return item
  }
}
