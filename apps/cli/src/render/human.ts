import type { EventEnvelope, EventOf, EventType, FileChange, Projection, ThreadSnapshot, TokenUsage, TurnId, TurnItem } from 'octavo'
import { isInside, relativePath, AbsolutePath } from 'octavo'
import { showCommand } from './command-line.ts'
import { addChanges, type DiffStat, formatStat } from './diff-stat.ts'
import { describeHeader, type HeaderOptions } from './header.ts'
import { printable, type Style } from './style.ts'

export interface HumanOptions extends HeaderOptions {
  /** Lines of a command's output that are shown, counted from its end. */
  readonly tailLines: number
  /** Leaves out what the model thought. */
  readonly hidesReasoning: boolean
}

/** What the rendering has to remember between events; data only. */
export interface HumanState {
  readonly cwd: string
  /** The item whose start was the last thing printed: its end needs no second heading. */
  readonly last: string | null
  /** The turn whose start was told; the end of any other, which waited and was dropped, is not shown. */
  readonly turn: TurnId | null
  readonly stat: DiffStat
  /** Commands that ran; they may have changed files no patch tells of. */
  readonly commands: number
  readonly usage: TokenUsage
}

type Step = readonly [HumanState, readonly string[]]
type Handlers = { readonly [K in EventType]: ((state: HumanState, event: EventOf<K>) => Step) | null }

/** Progress for people, one output per line. */
export function humanProjection(options: HumanOptions): Projection<HumanState, string> {
  const handlers = createHandlers(options)
  return {
    start: (snapshot) => ({
      cwd: snapshot.settings.cwd,
      last: null,
      turn: snapshot.turn?.id ?? null,
      stat: new Map(),
      commands: 0,
      usage: snapshot.usage.total,
    }),
    next: (state, { event }: EventEnvelope) => {
      const handler = handlers[event.type] as ((state: HumanState, event: EventOf<EventType>) => Step) | null // the table is keyed by the event's own type
      return handler === null ? [state, []] : handler(state, event)
    },
  }
}

/** What closes a run that came to an end: tokens, and what patches changed. */
export function summarize(state: HumanState, style: Style): readonly string[] {
  const { inputTokens, cachedInputTokens, outputTokens } = state.usage
  const tokens = Math.max(0, inputTokens - cachedInputTokens) + outputTokens
  const changed = formatStat(state.stat)
  return [
    style.bold('tokens used'),
    String(tokens).replace(/\B(?=(?:\d{3})+$)/g, ','),
    ...(changed.length === 0 ? [] : [style.bold('changed by patches'), ...changed]),
  ]
}

function createHandlers(options: HumanOptions): Handlers {
  const { style } = options
  const item = itemRenderer(options)
  return {
    'thread.configured': (state, { snapshot }) => say(state, ...describeHeader(snapshot, options)),
    'thread.settings': null,
    'thread.status': null,
    'thread.metadata': null,
    'thread.closed': (state, { fault }) =>
      fault === null ? [state, []] : say(state, `${style.red('ERROR:')} ${printable(fault.message)}`),
    'submission.admitted': null,
    'turn.started': (state, { turn }) => [{ ...state, turn: turn.id }, []],
    'turn.diff': null, // the whole turn's diff; what changed is summed up at the end
    'turn.plan': (state, { explanation, steps }) =>
      say(
        state,
        style.bold('plan'),
        ...(explanation === null || explanation === '' ? [] : [style.dim(printable(explanation))]),
        ...steps.map(
          ({ step, status }) =>
            `  ${{ completed: style.green('✓'), inProgress: style.cyan('→'), pending: '•' }[status]} ${printable(step)}`,
        ),
      ),
    'turn.usage': (state, { total }) => [{ ...state, usage: total }, []],
    'turn.completed': (state, { turn, error }) => {
      if (turn.id !== state.turn) return [state, []]
      if (turn.status === 'failed') return say(state, `${style.red('ERROR:')} ${printable(error?.message ?? 'the turn failed')}`)
      return turn.status === 'interrupted' ? say(state, style.yellow('interrupted')) : [state, []]
    },
    'item.started': (state, { item: started }) => item.started(state, started),
    'item.delta': null,
    'item.updated': (state, { item: updated, attempt }) =>
      attempt === 2 && updated.type === 'commandExecution'
        ? say(state, style.yellow(`trying again without the sandbox: ${printable(showCommand(updated.command))}`))
        : [state, []],
    'item.completed': (state, { item: completed, withdrawn }) => (withdrawn ? [state, []] : item.completed(state, completed)),
    'request.opened': (state, { request }) => say(state, ...describeRequest(request.payload, style)),
    'request.resolved': (state, { outcome }) =>
      say(
        state,
        style.dim(
          outcome.outcome === 'nobody'
            ? 'nobody is there to ask: denied'
            : `${outcome.outcome}${outcome.by === null ? '' : ` by ${printable(outcome.by)}`}`,
        ),
      ),
    'step.retrying': (state, { attempt, of, delayMs, error }) =>
      say(state, style.yellow(`reconnecting ${attempt}/${of} in ${(delayMs / 1000).toFixed(1)} s: ${printable(error.message)}`)),
    'compaction.started': null,
    'compaction.completed': (state) => say(state, style.dim('context compacted')),
    'hook.started': null,
    'hook.completed': (state, { run }) =>
      run.status === 'completed'
        ? [state, []]
        : say(state, `hook: ${printable(run.hook)} ${run.status}${run.message === null ? '' : `: ${printable(run.message)}`}`),
    'mcp.status': (state, { server, status }) =>
      status.state === 'failed'
        ? say(state, `${style.yellow('warning:')} mcp: ${printable(server)} failed: ${printable(status.message ?? 'no reason given')}`)
        : [state, []],
    'terminal.input': null,
    'terminal.exited': (state, { terminalId, exit }) =>
      say(state, style.dim(`terminal ${terminalId} ended${exit.code === null ? '' : ` with ${exit.code}`}`)),
    warning: (state, { message }) => say(state, `${style.yellow('warning:')} ${printable(message)}`),
    'rate.limits': null,
  }
}

function say(state: HumanState, ...lines: readonly string[]): Step {
  return [{ ...state, last: null }, lines]
}

interface ItemRenderer {
  started(state: HumanState, item: TurnItem): Step
  completed(state: HumanState, item: TurnItem): Step
}

function itemRenderer({ style, tailLines, hidesReasoning }: HumanOptions): ItemRenderer {
  const heading = (text: string): string => style.bold(text)
  return {
    started(state, item) {
      const open = { ...state, last: item.id }
      switch (item.type) {
        case 'commandExecution':
          return [
            { ...open, commands: state.commands + 1 },
            [heading('exec'), `${printable(showCommand(item.command))} ${style.dim(`in ${printable(item.cwd)}`)}`],
          ]
        case 'fileChange':
          return [open, [heading('apply patch')]]
        case 'toolCall':
          return [open, [`${heading('tool')} ${toolName(item)}`]]
        default:
          return [state, []]
      }
    },
    completed(state, item) {
      const closed = { ...state, last: null }
      const isContinued = state.last === item.id
      switch (item.type) {
        case 'userMessage':
          return [
            closed,
            [
              heading('user'),
              ...item.content.map((part) => (part.type === 'text' ? printable(part.text).trimEnd() : style.dim('[image]'))),
            ],
          ]
        case 'agentMessage':
          return [closed, [style.cyan(heading('octavo')), printable(item.text).trimEnd()]]
        case 'reasoning':
          return [closed, hidesReasoning ? [] : [...item.summary, ...item.raw].map((part) => style.dim(printable(part).trim()))]
        case 'commandExecution': {
          const outcome = commandOutcome(item, style)
          const line = isContinued ? outcome : `${heading('exec')} ${printable(showCommand(item.command))}${outcome}`
          return [closed, [line, ...tail(printable(item.output ?? ''), tailLines, style)]]
        }
        case 'fileChange': {
          const show = showPath(state.cwd)
          const applied = item.status === 'completed'
          const word = item.status === 'declined' ? style.yellow('declined') : applied ? style.green('completed') : style.red('failed')
          const details = Object.entries(item.changes).map(([path, change]) => `  ${letterOf(change)} ${show(path)}`)
          const reason = applied || item.stderr === null || item.stderr === '' ? [] : [printable(item.stderr).trimEnd()]
          return [
            { ...closed, stat: applied ? addChanges(state.stat, item.changes, show) : state.stat },
            [`patch: ${word}`, ...details, ...reason],
          ]
        }
        case 'toolCall':
          return [
            closed,
            [
              `${heading('tool')} ${toolName(item)} ${style.dim(`(${item.status})`)}`,
              ...(item.error === null ? [] : [style.red(printable(item.error))]),
            ],
          ]
        case 'imageView':
          return [closed, [`${heading('view image')} ${printable(item.path)}`]]
        case 'imageGeneration':
          return [closed, [`${heading('image')} ${printable(item.revisedPrompt ?? item.status)}`]]
        case 'webSearch':
          return [closed, [`${heading('web search')} ${printable(item.query)}`]]
        case 'contextCompaction':
          return [closed, [heading('history shortened')]]
        case 'enteredReview':
          return [closed, [`${heading('review')} ${printable(item.hint)}`]]
        case 'agentCall':
          return [closed, [`${heading(item.tool)} ${item.receiverThreadIds.join(' ')} ${style.dim(`(${item.status})`)}`]]
        case 'hookPrompt':
        case 'exitedReview':
          return [closed, []]
      }
    },
  }
}

function toolName({ namespace, tool }: { readonly namespace: string | null; readonly tool: string }): string {
  return printable(namespace === null ? tool : `${namespace}/${tool}`)
}

function commandOutcome(item: TurnItem & { readonly type: 'commandExecution' }, style: Style): string {
  const took =
    item.durationMs === null
      ? ''
      : ` in ${item.durationMs < 1000 ? `${Math.round(item.durationMs)}ms` : `${(item.durationMs / 1000).toFixed(1)}s`}`
  if (item.status === 'declined') return style.yellow(' declined')
  if (item.exitCode === 0) return style.green(` succeeded${took}:`)
  return style.red(` ${item.exitCode === null || item.exitCode < 0 ? 'failed' : `exited ${item.exitCode}`}${took}:`)
}

function tail(output: string, count: number, style: Style): readonly string[] {
  const lines = output.trimEnd().split('\n')
  if (lines.length === 1 && lines[0] === '') return []
  const hidden = lines.length - count
  return (hidden > 0 ? [`… ${hidden} lines above`, ...lines.slice(hidden)] : lines).map((line) => style.dim(line))
}

function letterOf(change: FileChange): string {
  return { add: 'A', delete: 'D', update: 'M' }[change.type]
}

/** Paths inside the working directory are shown from there. */
function showPath(cwd: string): (path: string) => string {
  const base = AbsolutePath.from(cwd)
  return (path) => printable(isInside(base, AbsolutePath.from(path)) ? relativePath(base, AbsolutePath.from(path)) : path)
}

function describeRequest(payload: ThreadSnapshot['pendingRequests'][number]['payload'], style: Style): readonly string[] {
  const reason = 'reason' in payload && payload.reason !== null ? [`  ${printable(payload.reason)}`] : []
  switch (payload.kind) {
    case 'commandApproval':
      return [
        `${style.yellow('approval')} to run${payload.escalated ? ' outside the sandbox' : ''}: ${printable(showCommand(payload.command))}`,
        ...reason,
      ]
    case 'fileChangeApproval':
      return [`${style.yellow('approval')} to change ${Object.keys(payload.changes).map(printable).join(', ')}`, ...reason]
    case 'toolApproval':
      return [`${style.yellow('approval')} to use ${toolName(payload)}`, ...reason]
    case 'permissions':
      return [`${style.yellow('approval')} to reach more than the sandbox allows`, ...reason]
    case 'dynamicTool':
      return [`${style.yellow('call')} of ${toolName(payload)}`]
    case 'userInput':
      return payload.questions.map(({ question }) => `${style.yellow('question')} ${printable(question)}`)
  }
}
