import { Deferred, raceSignal } from '@octavo/base'
import { jsonInput, planToolCall, TURN_AUTHORITY } from '@octavo/extension-api'
import type { PlanContext, SandboxDenial, ToolAttempt, ToolContext, ToolHandler, ToolPlan, ToolSpec } from '@octavo/extension-api'
import type { JsonValue } from '@octavo/base'
import type { CommandExecutionTurnItem, ItemId } from '@octavo/protocol'

export const DENIAL: SandboxDenial = { reason: 'writing outside the workspace', kind: 'fileSystem' }

/** One execution of a fake tool, until the test ends it. */
export class FakeCall {
  readonly context: ToolContext
  readonly result: Deferred<ToolAttempt<unknown>> = new Deferred()

  constructor(context: ToolContext) {
    this.context = context
    // Nobody may be waiting any more when the test fails it.
    this.result.promise.catch(() => {})
  }

  get id(): string {
    return this.context.callId
  }

  finish(content: string = `output of ${this.id}`): void {
    this.result.resolve({ kind: 'done', output: { content, success: true } })
  }

  fail(error: unknown): void {
    this.result.reject(error)
  }

  deny(): void {
    this.result.resolve({ kind: 'denied', denial: DENIAL, output: { content: `${this.id} was denied`, success: false } })
  }
}

export interface FakeToolOptions {
  readonly concurrency?: 'shared' | 'exclusive'
  /** Goes on when its signal aborts. */
  readonly deaf?: boolean
  /** Ends by itself, at once. */
  readonly immediate?: boolean
  readonly onDenied?: 'ask' | 'report'
  /** Shown as a command rather than a tool call. */
  readonly command?: boolean
  readonly plan?: (input: JsonValue, context: PlanContext) => ToolPlan | Promise<ToolPlan>
  readonly ready?: (signal: AbortSignal) => Promise<void>
  readonly aborted?: (input: JsonValue, elapsedMs: number) => string
  readonly execute?: (context: ToolContext, call: FakeCall) => Promise<ToolAttempt<unknown>>
}

/** A tool whose calls wait until the test says how they end. */
export class FakeTool implements ToolHandler<JsonValue> {
  readonly spec: ToolSpec<JsonValue>
  readonly calls: FakeCall[] = []
  readonly #options: FakeToolOptions
  readonly ready?: (signal: AbortSignal) => Promise<void>
  readonly aborted?: (input: JsonValue, elapsedMs: number) => string

  constructor(name: string, options: FakeToolOptions = {}) {
    this.#options = options
    this.spec = {
      namespace: null,
      name,
      description: name,
      input: jsonInput({ type: 'object' }),
      exposure: 'direct',
      concurrency: options.concurrency ?? 'shared',
    }
    if (options.ready !== undefined) this.ready = options.ready
    if (options.aborted !== undefined) this.aborted = options.aborted
  }

  /** The executions of one call, by its id. */
  of(callId: string): readonly FakeCall[] {
    return this.calls.filter(({ id }) => id === callId)
  }

  /** The newest execution. */
  get last(): FakeCall {
    const last = this.calls[this.calls.length - 1]
    if (last === undefined) throw new Error(`${this.spec.name} was not called`)
    return last
  }

  plan(input: JsonValue, context: PlanContext): ToolPlan | Promise<ToolPlan> {
    const { plan, command, onDenied } = this.#options
    if (plan !== undefined) return plan(input, context)
    if (command === true) return commandPlan(context, onDenied ?? 'ask')
    const planned = planToolCall(this.spec, input, context)
    return planned.kind === 'run' && onDenied !== undefined ? { ...planned, onDenied } : planned
  }

  async execute(_input: JsonValue, context: ToolContext): Promise<ToolAttempt<unknown>> {
    const call = new FakeCall(context)
    this.calls.push(call)
    if (this.#options.immediate === true) call.finish()
    if (this.#options.execute !== undefined) return await this.#options.execute(context, call)
    return await (this.#options.deaf === true ? call.result.promise : raceSignal(call.result.promise, context.signal))
  }
}

export function commandItem(context: Pick<PlanContext, 'callId' | 'turnId' | 'cwd'>): CommandExecutionTurnItem {
  return {
    type: 'commandExecution',
    id: context.callId as string as ItemId,
    originTurnId: context.turnId,
    terminalId: null,
    command: ['sh', '-c', 'work'],
    cwd: context.cwd,
    actions: [],
    source: 'agent',
    status: 'inProgress',
    output: null,
    exitCode: null,
    durationMs: null,
  }
}

export function commandPlan(context: PlanContext, onDenied: 'ask' | 'report' = 'ask'): ToolPlan {
  const item = commandItem(context)
  return {
    kind: 'run',
    environmentId: null,
    effects: [{ kind: 'exec', command: item.command, cwd: context.cwd, tty: false }],
    authority: TURN_AUTHORITY,
    item,
    onDenied,
  }
}

/** A tool that starts a terminal and looks at it once, as command tools do; `waitMs` is how long it looks. */
export function terminalTool(name: string, waitMs: number = 1_000): FakeTool {
  return new FakeTool(name, {
    command: true,
    execute: async (context) => {
      const { item } = context
      if (item?.type !== 'commandExecution') throw new Error('a command runs with the item of its plan')
      const id = await context.terminals.start(
        { argv: item.command, cwd: item.cwd, env: new Map(), stdin: 'none', tty: null, callId: context.callId },
        { workspace: context.workspace, grant: context.grant, item },
      )
      const { exit } = await context.terminals.collect(id, { untilMs: context.clock.monotonic() + waitMs, signal: context.signal })
      const output = { content: exit === null ? `running as ${id}` : `ended with ${exit.code}`, success: true }
      const denial = exit?.denial ?? null
      return denial === null ? { kind: 'done', output } : { kind: 'denied', denial, output }
    },
  })
}
