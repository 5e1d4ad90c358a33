import { expect, test } from 'vitest'
import type { CommandExecutionTurnItem, EventEnvelope, FileChangeTurnItem, ThreadEvent, ThreadSnapshot } from 'octavo'
import { humanProjection, type HumanState, summarize } from './human.ts'
import { createStyle } from './style.ts'

// Ids and paths are brands; a test writes them as they look.
const as = <T>(value: unknown): T => value as T

const snapshot = as<ThreadSnapshot>({
  threadId: '0198-t',
  settings: {
    cwd: '/w',
    model: 'm',
    provider: 'p',
    approvalPolicy: 'never',
    permissions: {
      type: 'managed',
      network: 'restricted',
      fileSystem: { type: 'restricted', entries: [{ path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' }] },
    },
    workspaceRoots: ['/w', '/more'],
    effort: null,
    summary: null,
  },
  usage: { total: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 } },
})

const command = as<CommandExecutionTurnItem>({
  type: 'commandExecution',
  id: 'c1',
  command: ['/bin/bash', '-lc', 'node test.mjs'],
  cwd: '/w',
  status: 'inProgress',
  output: null,
  exitCode: null,
  durationMs: null,
})
const patch = as<FileChangeTurnItem>({
  type: 'fileChange',
  id: 'p1',
  changes: {
    '/w/a.js': { type: 'update', unifiedDiff: '@@ -1,2 +1,3 @@\n x\n--- y\n+++ y\n+z\n', movePath: null },
    '/w/new.js': { type: 'add', content: 'one\ntwo\n' },
    '/elsewhere/old.js': { type: 'delete', content: 'gone' },
  },
  status: 'completed',
  stderr: null,
})

function render(events: readonly ThreadEvent[]): { readonly lines: readonly string[]; readonly state: HumanState } {
  const projection = humanProjection({ version: '1.2.3', style: createStyle(false), tailLines: 3, hidesReasoning: false })
  let state = projection.start(snapshot)
  const lines: string[] = []
  for (const event of events) {
    const [next, out] = projection.next(state, as<EventEnvelope>({ event }))
    state = next
    lines.push(...out)
  }
  return { lines, state }
}

test('a run begins with where it works and under which permissions', () => {
  expect(render([{ type: 'thread.configured', snapshot }]).lines).toEqual([
    'octavo v1.2.3',
    '--------',
    'workdir: /w',
    'model: m',
    'provider: p',
    'approval: never',
    'sandbox: workspace-write [workdir, /more]',
    'reasoning effort: default',
    'reasoning summaries: auto',
    'session id: 0198-t',
    '--------',
  ])
})

test('a command shows its line when it starts, and its end with the last lines of its output', () => {
  const done = { ...command, status: 'failed' as const, output: '1\n2\n3\n4\n5\n', exitCode: 3, durationMs: 12.4 }
  const { lines } = render([
    { type: 'item.started', item: command },
    { type: 'item.completed', item: done, withdrawn: false },
  ])
  expect(lines).toEqual(['exec', 'node test.mjs in /w', ' exited 3 in 12ms:', '… 2 lines above', '3', '4', '5'])
})

test('when commands overlap, the end says which one it was', () => {
  const other = { ...command, id: as<typeof command.id>('c2'), command: ['ls', 'a b'] }
  const { lines } = render([
    { type: 'item.started', item: command },
    { type: 'item.started', item: other },
    { type: 'item.completed', item: { ...command, status: 'completed', output: '', exitCode: 0, durationMs: 1500 }, withdrawn: false },
    { type: 'item.completed', item: { ...other, status: 'completed', output: '', exitCode: 0, durationMs: 2 }, withdrawn: false },
  ])
  expect(lines.slice(-2)).toEqual(['exec node test.mjs succeeded in 1.5s:', "exec ls 'a b' succeeded in 2ms:"])
})

test('a patch names its files, and the end of the run sums them up', () => {
  const { lines, state } = render([
    { type: 'item.started', item: { ...patch, status: 'inProgress' } },
    { type: 'item.completed', item: patch, withdrawn: false },
    { type: 'turn.usage', last: state0, total: { ...state0, inputTokens: 5000, cachedInputTokens: 3000, outputTokens: 234 }, window: null },
  ])
  expect(lines).toEqual(['apply patch', 'patch: completed', '  M a.js', '  A new.js', '  D /elsewhere/old.js'])
  expect(summarize(state, createStyle(false))).toEqual([
    'tokens used',
    '2,234',
    'changed by patches',
    ' a.js              | 3 ++-',
    ' new.js            | 2 ++',
    ' /elsewhere/old.js | 1 -',
    ' 3 files changed, 4 insertions(+), 2 deletions(-)',
  ])
})

const state0 = { inputTokens: 0, cachedInputTokens: 0, cacheWriteInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0, totalTokens: 0 }

test('a patch that failed says why and changes no sum', () => {
  const { lines, state } = render([
    { type: 'item.completed', item: { ...patch, status: 'failed', stderr: 'hunk 1 does not fit\n' }, withdrawn: false },
  ])
  expect(lines.slice(0, 1)).toEqual(['patch: failed'])
  expect(lines.at(-1)).toBe('hunk 1 does not fit')
  expect(state.stat.size).toBe(0)
})

test('a withdrawn item is not shown, since its retry will be', () => {
  expect(render([{ type: 'item.completed', item: as({ type: 'agentMessage', id: 'm', text: 'half' }), withdrawn: true }]).lines).toEqual([])
})

test('what a model or a command prints cannot move the cursor or hide itself', () => {
  const { lines } = render([
    { type: 'item.completed', item: as({ type: 'agentMessage', id: 'm', text: '\u001B[2Ja\u0007b\u202Ec' }), withdrawn: false },
  ])
  expect(lines).toEqual(['octavo', 'ab\\u202ec'])
  const evil = 'x\u001B[2J\u0007'
  const events = [
    { type: 'item.started', item: { ...command, command: [evil], cwd: evil } },
    { type: 'item.completed', item: { ...command, id: 'c2', command: [evil], output: evil, exitCode: 0 }, withdrawn: false },
    {
      type: 'item.completed',
      item: { ...patch, status: 'failed', stderr: evil, changes: { [`/w/${evil}`]: { type: 'add', content: '' } } },
    },
    { type: 'item.started', item: { type: 'toolCall', id: 't', namespace: evil, tool: evil } },
    { type: 'item.completed', item: { type: 'toolCall', id: 't', namespace: null, tool: evil, status: 'failed', error: evil } },
    { type: 'request.opened', request: { payload: { kind: 'commandApproval', command: [evil], escalated: false, reason: evil } } },
    { type: 'request.resolved', outcome: { outcome: 'approved', by: evil } },
    { type: 'hook.completed', run: { hook: evil, status: 'failed', message: evil } },
    { type: 'mcp.status', server: evil, status: { state: 'failed', message: evil } },
    { type: 'turn.started', turn: { id: 'running' } },
    { type: 'turn.completed', turn: { id: 'running', status: 'failed' }, error: { message: evil } },
    { type: 'warning', message: evil },
    { type: 'thread.configured', snapshot: { ...snapshot, settings: { ...snapshot.settings, cwd: evil, model: evil, provider: evil } } },
  ]
  const all = render(as<readonly ThreadEvent[]>(events)).lines
  // oxlint-disable-next-line no-control-regex
  expect(all.filter((line) => /[\u0000-\u0008\u000B-\u001F]/.test(line))).toEqual([])
  expect(all.length).toBeGreaterThan(events.length)
})

test('the end of a turn that waited and was dropped is not shown', () => {
  const ended = (id: string): ThreadEvent => as({ type: 'turn.completed', turn: { id, status: 'interrupted' }, error: null })
  const started = as<ThreadEvent>({ type: 'turn.started', turn: { id: 'running' } })
  expect(render([ended('dropped'), started, ended('dropped')]).lines).toEqual([])
  expect(render([started, ended('running')]).lines).toEqual(['interrupted'])
})

test('retries, questions nobody answers and plans are told as they happen', () => {
  const { lines } = render([
    as({ type: 'step.retrying', attempt: 1, of: 5, delayMs: 200, error: { message: 'stream ended early' } }),
    as({
      type: 'request.opened',
      request: { payload: { kind: 'commandApproval', command: ['rm', 'x'], escalated: true, reason: 'must go' } },
    }),
    as({ type: 'request.resolved', outcome: { outcome: 'nobody', by: null } }),
    {
      type: 'turn.plan',
      explanation: 'two steps',
      steps: [
        { step: 'a', status: 'completed' },
        { step: 'b', status: 'inProgress' },
        { step: 'c', status: 'pending' },
      ],
    },
  ])
  expect(lines).toEqual([
    'reconnecting 1/5 in 0.2 s: stream ended early',
    'approval to run outside the sandbox: rm x',
    '  must go',
    'nobody is there to ask: denied',
    'plan',
    'two steps',
    '  ✓ a',
    '  → b',
    '  • c',
  ])
})
