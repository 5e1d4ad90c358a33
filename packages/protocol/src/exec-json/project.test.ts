import { PLAIN_SETTINGS } from '../settings/settings.ts'
import { AbsolutePath, OctavoError } from '@octavo/base'
import { describe, expect, test } from 'vitest'
import type { EventEnvelope, ItemId, ThreadEvent, ThreadId, ThreadSnapshot, TokenUsage, TurnId, TurnItem, TurnSummary } from '../index.ts'
import { ZERO_USAGE } from '../index.ts'
import { formatExecJson } from './events.ts'
import { execJsonProjection } from './project.ts'

const THREAD = '00000000-0000-7000-8000-000000000001' as ThreadId
const TURN = '00000000-0000-7000-8000-000000000002' as TurnId
const cwd = AbsolutePath.from('/repo')

const running: TurnSummary = {
  id: TURN,
  submissionId: TURN as string as TurnSummary['submissionId'],
  kind: 'regular',
  status: 'running',
  reason: null,
  startedAt: 0,
  completedAt: null,
  durationMs: null,
}
const usage: TokenUsage = {
  inputTokens: 200,
  cachedInputTokens: 40,
  cacheWriteInputTokens: 1,
  outputTokens: 14,
  reasoningOutputTokens: 4,
  totalTokens: 214,
}

function snapshot(changes: Partial<ThreadSnapshot> = {}): ThreadSnapshot {
  return {
    threadId: THREAD,
    sessionId: THREAD as string as ThreadSnapshot['sessionId'],
    resumed: false,
    ephemeral: false,
    name: null,
    location: null,
    settings: {
      model: 'scripted',
      effort: null,
      summary: null,
      verbosity: null,
      serviceTier: null,
      approvalPolicy: 'never',
      permissions: { type: 'disabled' },
      cwd,
      workspaceRoots: [cwd],
      ...PLAIN_SETTINGS,
      provider: 'scripted',
    },
    status: { kind: 'idle' },
    turn: null,
    openItems: [],
    plan: [],
    usage: { last: ZERO_USAGE, total: ZERO_USAGE, window: null },
    pendingRequests: [],
    origin: { source: 'exec', threadSource: 'user', parentThreadId: null, forkedFromId: null },
    cursor: { epoch: 'one', seq: 0 },
    ...changes,
  }
}

function envelopes(events: readonly ThreadEvent[]): EventEnvelope[] {
  return events.map((event, index) => ({
    epoch: 'one',
    seq: index + 1,
    firstSeq: index + 1,
    at: 0,
    cause: null,
    turnId: TURN,
    durable: null,
    event,
  }))
}

/** The lines that these events give after this snapshot. */
function lines(events: readonly ThreadEvent[], from: ThreadSnapshot = snapshot()): string[] {
  let state = execJsonProjection.start(from)
  const printed: string[] = []
  for (const envelope of envelopes(events)) {
    const [next, out] = execJsonProjection.next(state, envelope)
    state = next
    printed.push(...out.map(formatExecJson))
  }
  return printed
}

const itemId = (id: string): ItemId => id as ItemId
const configured: ThreadEvent = { type: 'thread.configured', snapshot: snapshot() }
const started: ThreadEvent = { type: 'turn.started', turn: running }
const begin = (item: TurnItem): ThreadEvent => ({ type: 'item.started', item })
const end = (item: TurnItem, withdrawn = false): ThreadEvent => ({ type: 'item.completed', item, withdrawn })
const finish = (status: 'completed' | 'failed' | 'interrupted' | 'suspended', error: OctavoError | null = null): ThreadEvent => ({
  type: 'turn.completed',
  turn: { ...running, status },
  lastMessage: null,
  error,
  unused: [],
})

const says = (text: string): TurnItem => ({ type: 'agentMessage', id: itemId('msg_1'), text, phase: null })
const thinks = (...summary: string[]): TurnItem => ({ type: 'reasoning', id: itemId('rs_1'), summary, raw: [] })
const command = (changes: Partial<Extract<TurnItem, { type: 'commandExecution' }>> = {}): TurnItem => ({
  type: 'commandExecution',
  id: itemId('call_1'),
  originTurnId: TURN,
  terminalId: null,
  command: ['/bin/bash', '-lc', 'echo hi; exit 3'],
  cwd,
  actions: [],
  source: 'agent',
  status: 'inProgress',
  output: null,
  exitCode: null,
  durationMs: null,
  ...changes,
})
const patch = (changes: Partial<Extract<TurnItem, { type: 'fileChange' }>> = {}): TurnItem => ({
  type: 'fileChange',
  id: itemId('call_2'),
  changes: {
    '/repo/new.txt': { type: 'add', content: 'x' },
    '/repo/old.txt': { type: 'update', unifiedDiff: '', movePath: '/repo/moved.txt' },
    '/repo/gone.txt': { type: 'delete', content: '' },
  },
  status: 'inProgress',
  autoApproved: true,
  stdout: null,
  stderr: null,
  ...changes,
})

const plan = (...steps: ('pending' | 'completed')[]): ThreadEvent => ({
  type: 'turn.plan',
  explanation: null,
  steps: steps.map((status, index) => ({ step: `s${index}`, status })),
})

const THREAD_LINE = `{"type":"thread.started","thread_id":"${THREAD}"}`
const TURN_LINE = '{"type":"turn.started"}'
const ZERO_LINE =
  '{"type":"turn.completed","usage":{"input_tokens":0,"cached_input_tokens":0,"cache_write_input_tokens":0,"output_tokens":0,"reasoning_output_tokens":0}}'

describe('a whole turn', () => {
  test('a turn with a failing command reads as the worked sample of the format', () => {
    expect(
      lines([
        configured,
        started,
        begin(command()),
        { type: 'item.delta', itemId: itemId('call_1'), part: { kind: 'output', index: 0 }, delta: 'hi\n' },
        end(command({ status: 'failed', output: 'hi\n', exitCode: 3, durationMs: 5 })),
        begin(says('')),
        end(says('cmd done')),
        { type: 'turn.usage', last: usage, total: usage, window: 1000 },
        finish('completed'),
      ]),
    ).toEqual([
      THREAD_LINE,
      TURN_LINE,
      `{"type":"item.started","item":{"id":"item_0","type":"command_execution","command":"/bin/bash -lc 'echo hi; exit 3'","aggregated_output":"","exit_code":null,"status":"in_progress"}}`,
      `{"type":"item.completed","item":{"id":"item_0","type":"command_execution","command":"/bin/bash -lc 'echo hi; exit 3'","aggregated_output":"hi\\n","exit_code":3,"status":"failed"}}`,
      '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"cmd done"}}',
      '{"type":"turn.completed","usage":{"input_tokens":200,"cached_input_tokens":40,"cache_write_input_tokens":1,"output_tokens":14,"reasoning_output_tokens":4}}',
    ])
  })

  test('a turn that waited and was dropped has no line, and does not end the one that runs', () => {
    const other = { ...running, id: 'other' as typeof running.id, status: 'interrupted' as const }
    const dropped: ThreadEvent = { type: 'turn.completed', turn: other, lastMessage: null, error: null, unused: [] }
    expect(lines([configured, dropped, started, begin(command()), dropped, end(command()), finish('completed')])).toEqual(
      lines([configured, started, begin(command()), end(command()), finish('completed')]),
    )
  })

  test('a resumed thread counts the tokens of its earlier turns', () => {
    const resumed = snapshot({ usage: { last: ZERO_USAGE, total: usage, window: null } })
    expect(lines([{ type: 'thread.configured', snapshot: resumed }, started, finish('completed')], resumed).at(-1)).toContain(
      '"input_tokens":200',
    )
  })

  test('the same envelopes give the same lines, and the state given is left as it was', () => {
    const all = envelopes([configured, started, begin(command())])
    const first = execJsonProjection.start(snapshot())
    const runs = [1, 2].map(() => all.reduce((state, envelope) => execJsonProjection.next(state, envelope)[0], first))
    expect(runs[0]).toEqual(runs[1])
    expect(first).toEqual(execJsonProjection.start(snapshot()))
  })
})

describe('the first line', () => {
  test.each<[string, ThreadEvent, string[]]>([
    [
      'a warning',
      { type: 'warning', code: 'x', message: 'old key', source: null },
      ['{"type":"item.completed","item":{"id":"item_0","type":"error","message":"old key"}}'],
    ],
    ['an event that has no line', { type: 'turn.diff', unified: '' }, []],
    ['the start of a turn', started, [TURN_LINE]],
  ])('is the start of the thread when a stream begins with %s', (_name, event, rest) => {
    expect(lines([event])).toEqual([THREAD_LINE, ...rest])
  })

  test('comes once, though the thread is configured after the snapshot was taken', () => {
    expect(lines([configured, started])).toEqual([THREAD_LINE, TURN_LINE])
  })

  test('is followed by the running turn, its open items and its plan when a stream begins in the middle', () => {
    const middle = snapshot({ turn: running, openItems: [says(''), command()], plan: [{ step: 'look', status: 'inProgress' }] })
    expect(lines([end(command({ status: 'completed', output: '', exitCode: 0 })), finish('interrupted')], middle)).toEqual([
      THREAD_LINE,
      TURN_LINE,
      expect.stringContaining('"item.started","item":{"id":"item_0","type":"command_execution"'),
      '{"type":"item.started","item":{"id":"item_1","type":"todo_list","items":[{"text":"look","completed":false}]}}',
      expect.stringContaining('"item.completed","item":{"id":"item_0"'),
      '{"type":"item.completed","item":{"id":"item_1","type":"todo_list","items":[{"text":"look","completed":false}]}}',
    ])
  })

  test('takes the snapshot of the stream where that begins with one, so a later snapshot repeats nothing', () => {
    const later = snapshot({ turn: running, openItems: [command()] })
    expect(lines([configured, started, begin(command())], later)).toHaveLength(3)
  })
})

describe('items', () => {
  test.each<[string, ThreadEvent[], string[]]>([
    [
      'reasoning is its summaries, one per line',
      [end(thinks('**one**', 'two'))],
      ['{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"**one**\\ntwo"}}'],
    ],
    [
      'empty reasoning is skipped and takes no id',
      [end(thinks('', '')), end(says('a'))],
      ['{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"a"}}'],
    ],
    [
      'a withdrawn message is skipped and takes no id (R16)',
      [begin(says('')), end(says('half'), true), end(says('a'))],
      ['{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"a"}}'],
    ],
    [
      'a withdrawn item that was told as started has failed',
      [begin(patch()), end(patch(), true)],
      [
        expect.stringContaining('"status":"in_progress"'),
        '{"type":"item.completed","item":{"id":"item_0","type":"file_change","changes":[{"path":"/repo/new.txt","kind":"add"},{"path":"/repo/old.txt","kind":"update"},{"path":"/repo/gone.txt","kind":"delete"}],"status":"failed"}}',
      ],
    ],
    [
      'a declined patch has failed',
      [end(patch({ changes: {}, status: 'declined' }))],
      ['{"type":"item.completed","item":{"id":"item_0","type":"file_change","changes":[],"status":"failed"}}'],
    ],
    [
      'a declined command is declined',
      [end(command({ status: 'declined' }))],
      [expect.stringContaining('"exit_code":null,"status":"declined"')],
    ],
    [
      'a search has one id and some action',
      [
        begin({ type: 'webSearch', id: itemId('ws_1'), query: '', action: null }),
        end({ type: 'webSearch', id: itemId('ws_1'), query: 'q', action: { type: 'search', query: 'q' } }),
      ],
      [
        '{"type":"item.started","item":{"id":"item_0","type":"web_search","query":"","action":{"type":"other"}}}',
        '{"type":"item.completed","item":{"id":"item_0","type":"web_search","query":"q","action":{"type":"search","query":"q"}}}',
      ],
    ],
    [
      'user messages have no line',
      [begin({ type: 'userMessage', id: itemId('u'), content: [] }), end({ type: 'userMessage', id: itemId('u'), content: [] })],
      [],
    ],
    ['viewed images have no line', [end({ type: 'imageView', id: itemId('i'), path: '/repo/a.png' })], []],
    [
      'plain tool calls have no line',
      [
        end({
          type: 'toolCall',
          id: itemId('t'),
          namespace: null,
          tool: 'x',
          arguments: {},
          status: 'completed',
          content: null,
          error: null,
          durationMs: 1,
        }),
      ],
      [],
    ],
    [
      'an update of an item is not told',
      [begin(command()), { type: 'item.updated', item: command(), attempt: 2 }],
      [expect.stringContaining('item.started')],
    ],
    ['an item is told as started once', [begin(command()), begin(command())], [expect.stringContaining('item.started')]],
  ])('%s', (_name, events, expected) => {
    expect(lines([started, ...events]).slice(2)).toEqual(expected)
  })
})

describe('the end of a turn', () => {
  test('completes the plan, then what is still open as it is known, then tells the turn', () => {
    const updated: ThreadEvent = { type: 'item.updated', item: command({ output: 'so far' }), attempt: 1 }
    expect(
      lines([started, begin(command()), updated, plan('pending', 'pending'), plan('completed', 'pending'), finish('completed')]).slice(3),
    ).toEqual([
      '{"type":"item.started","item":{"id":"item_1","type":"todo_list","items":[{"text":"s0","completed":false},{"text":"s1","completed":false}]}}',
      '{"type":"item.updated","item":{"id":"item_1","type":"todo_list","items":[{"text":"s0","completed":true},{"text":"s1","completed":false}]}}',
      '{"type":"item.completed","item":{"id":"item_1","type":"todo_list","items":[{"text":"s0","completed":true},{"text":"s1","completed":false}]}}',
      `{"type":"item.completed","item":{"id":"item_0","type":"command_execution","command":"/bin/bash -lc 'echo hi; exit 3'","aggregated_output":"so far","exit_code":null,"status":"in_progress"}}`,
      ZERO_LINE,
    ])
  })

  test('a terminal that ends after its turn is not completed twice', () => {
    const late = end(command({ status: 'completed', exitCode: 0, output: 'x' }))
    expect(lines([started, begin(command()), finish('completed'), late]).at(-1)).toBe(ZERO_LINE)
  })

  test('a plan of the next turn is a new list', () => {
    const ids = lines([started, plan('pending'), finish('completed'), started, plan('pending')]).filter(
      (line) => line.includes('todo_list') && line.includes('started'),
    )
    expect(ids.map((line) => /item_\d+/.exec(line)?.[0])).toEqual(['item_0', 'item_1'])
  })

  test('a failure is an error and then the failed turn, in the same words', () => {
    expect(lines([started, finish('failed', new OctavoError('server_error', 'the server answered 500'))]).slice(2)).toEqual([
      '{"type":"error","message":"the server answered 500"}',
      '{"type":"turn.failed","error":{"message":"the server answered 500"}}',
    ])
  })

  test.each(['interrupted', 'suspended'] as const)('a turn that was %s ends without a line of its own', (status) => {
    expect(lines([started, finish(status)])).toEqual([THREAD_LINE, TURN_LINE])
  })
})

test.each([
  ['stream closed before it completed', 'Reconnecting... 1/5 (stream closed before it completed)'],
  ['', 'Reconnecting... 1/5'],
])('a retry because of %j is told as %j', (message, line) => {
  const retry: ThreadEvent = { type: 'step.retrying', attempt: 1, of: 5, delayMs: 200, error: new OctavoError('stream_closed', message) }
  expect(lines([started, retry]).at(-1)).toBe(JSON.stringify({ type: 'error', message: line }))
})

test('a thread that closes over a fault says which', () => {
  expect(lines([{ type: 'thread.closed', fault: new OctavoError('fenced', 'another process holds the thread') }]).at(-1)).toBe(
    '{"type":"error","message":"another process holds the thread"}',
  )
  expect(lines([{ type: 'thread.closed', fault: null }])).toEqual([THREAD_LINE])
})
