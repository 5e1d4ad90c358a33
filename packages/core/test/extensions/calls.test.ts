import type { Effect, Extension, InterceptedCall, ObservedOutcome, PreToolUseVerdict } from '@octavo/extension-api'
import type { ApprovalDecision } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ALLOW, ASK, World } from '../fake-engine.ts'
import type { Watched, WorldOptions } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { calls, says } from '../fakes/model.ts'
import { FakeTool } from '../fakes/tools.ts'
import { moving } from './moving.ts'

/** One turn of one call, and how it ended. */
async function turnOf(
  options: WorldOptions,
  tool = new FakeTool('work', { immediate: true }),
): Promise<{ watched: Watched; tool: FakeTool; world: World }> {
  const world = new World({ scripts: [calls(['c1', 'work', '{"n":1}']), says('end')], tools: [tool], ...options })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  return { watched, tool, world }
}

function outputs(watched: Watched): string[] {
  return watched.history.filter((line) => line.startsWith('output'))
}

const before = (id: string, intercept: (call: InterceptedCall) => PreToolUseVerdict, more: Partial<Extension> = {}): Extension => ({
  id,
  contributes: { preToolUse: { intercept } },
  ...more,
})

test('a call is rewritten by one after the other, and its handler gets what was parsed last', async () => {
  const seen: string[] = []
  const rewriting = (id: string, raw: string): Extension =>
    before(id, (call) => {
      seen.push(`${id}: ${call.tool.name} ${call.raw}`)
      return { kind: 'rewrite', raw }
    })
  const planned: unknown[] = []
  const tool = new FakeTool('work', {
    immediate: true,
    plan: (input, context) => {
      planned.push(input)
      return new FakeTool('work').plan(input, context)
    },
  })
  const { watched } = await turnOf({ extensions: [rewriting('a', '{"n":2}'), rewriting('b', '{"n":3}')] }, tool)
  expect(seen).toEqual(['a: work {"n":1}', 'b: work {"n":2}'])
  expect(planned).toEqual([{ n: 3 }])
  expect(watched.of('item.started').map(({ item }) => (item.type === 'toolCall' ? item.arguments : item.type))).toContainEqual({ n: 3 })
})

test('a rewrite that cannot be parsed is answered like any such call', async () => {
  const { watched, tool } = await turnOf({ extensions: [before('a', () => ({ kind: 'rewrite', raw: '{' }))] })
  expect(outputs(watched)[0]).toMatch(/^output c1: failed to parse function arguments/)
  expect(tool.calls).toEqual([])
})

test('the first denial counts: the model reads it, the others are not asked, and no item is shown', async () => {
  const asked: string[] = []
  const { watched, tool } = await turnOf({
    extensions: [
      before('a', () => ({ kind: 'deny', message: 'not on a Saturday' })),
      before('b', () => {
        asked.push('b')
        return { kind: 'allow' }
      }),
    ],
  })
  expect([outputs(watched), asked, tool.calls]).toEqual([['output c1: not on a Saturday'], [], []])
  expect(watched.of('item.started').filter(({ item }) => item.type === 'toolCall')).toEqual([])
})

test('what an extension wants to have asked is asked of people though the policy allows it, and never remembered', async () => {
  const asked: unknown[] = []
  const approver = {
    id: 'user',
    presence: 'live' as const,
    review: async ({ payload }: { payload: { reason: string | null } }): Promise<ApprovalDecision> => {
      asked.push(payload.reason)
      return { kind: 'approvedForSession' }
    },
  }
  const tool = new FakeTool('work', { immediate: true })
  const { watched } = await turnOf(
    {
      scripts: [calls(['c1', 'work'], ['c2', 'work']), says('end')],
      approvers: [approver],
      extensions: [before('a', () => ({ kind: 'ask', reason: 'it costs money' }))],
    },
    tool,
  )
  expect(asked).toEqual(['it costs money', 'it costs money'])
  expect(outputs(watched)).toEqual(['output c1: output of c1', 'output c2: output of c2'])
})

test('a ban of the policy stays one, whatever an extension wants to have asked', async () => {
  const { watched } = await turnOf({
    decide: () => ({ kind: 'forbid', message: 'never', trace: [] }),
    extensions: [before('a', () => ({ kind: 'ask', reason: 'please' }))],
  })
  expect(outputs(watched)).toEqual(['output c1: never'])
})

function broken(): never {
  throw new Error('out of order')
}

test('a guard that fails declines the call and names itself, also once it is not called any more; one that is open lets it pass', async () => {
  const many = ['c1', 'c2', 'c3', 'c4'].map((id) => [id, 'work'] as const)
  const closed = await turnOf({ scripts: [calls(...many), says('end')], extensions: [before('guard', broken)] })
  expect(outputs(closed.watched).slice(0, 3)).toEqual(
    many.slice(0, 3).map(([id]) => `output ${id}: declined: extension guard failed in preToolUse: out of order`),
  )
  expect(outputs(closed.watched)[3]).toMatch(/^output c4: declined: extension guard/)
  expect(closed.tool.calls).toEqual([])
  const open = await turnOf({ extensions: [before('guard', broken, { onFailure: { preToolUse: 'open' } })] })
  expect(outputs(open.watched)).toEqual(['output c1: output of c1'])
})

test('outputs are added to and replaced one after the other, before they are recorded', async () => {
  const seen: unknown[] = []
  const { watched, world } = await turnOf({
    extensions: [
      { id: 'a', contributes: { postToolUse: { intercept: (_call, output) => (seen.push(output), { kind: 'add', text: 'and more' }) } } },
      {
        id: 'b',
        contributes: {
          postToolUse: {
            intercept: ({ raw }, { content }) => ({ kind: 'replace', content: `${raw} gave ${String(content).toUpperCase()}` }),
          },
        },
      },
      { id: 'c', contributes: { postToolUse: { intercept: () => ({ kind: 'keep' }) } } },
    ],
  })
  expect(seen).toEqual([{ kind: 'ok', content: 'output of c1', external: false }])
  expect(outputs(watched)).toEqual(['output c1: {"n":1} gave OUTPUT OF C1\nAND MORE'])
  expect(JSON.stringify(world.model.requests[1]?.input)).toContain('AND MORE')
})

test('an output is withheld where the one who looks at it fails and is closed', async () => {
  const { watched } = await turnOf({
    extensions: [
      {
        id: 'censor',
        onFailure: { postToolUse: 'closed' },
        contributes: {
          postToolUse: {
            intercept: () => {
              throw new Error('no list')
            },
          },
        },
      },
    ],
  })
  expect(outputs(watched)).toEqual(['output c1: the output is withheld: extension censor failed in postToolUse: no list'])
})

const reviews = (id: string, ...decisions: (ApprovalDecision | 'abstain')[]): Extension => {
  const left = [...decisions]
  return { id, contributes: { approval: { review: () => left.shift() ?? 'abstain' } } }
}

test('an approval is decided by the first interceptor that does not abstain; nobody hears of it, and it is not remembered', async () => {
  const asked: string[] = []
  const approver = {
    id: 'user',
    presence: 'live' as const,
    review: async (): Promise<ApprovalDecision> => {
      asked.push('user')
      return { kind: 'approved' }
    },
  }
  const { watched } = await turnOf({
    scripts: [calls(['c1', 'work'], ['c2', 'work'], ['c3', 'work']), says('end')],
    decide: () => ASK,
    approvers: [approver],
    extensions: [reviews('a'), reviews('b', { kind: 'approvedForSession' }, { kind: 'denied', message: 'enough' })],
  })
  expect(outputs(watched)).toEqual(['output c1: output of c1', 'output c2: enough', 'output c3: output of c3'])
  expect(asked).toEqual(['user'])
  expect(watched.of('request.opened')).toHaveLength(1)
})

test('an interceptor is asked before what was approved for the session', async () => {
  const user = { id: 'user', presence: 'live' as const, review: async (): Promise<ApprovalDecision> => ({ kind: 'approvedForSession' }) }
  const { watched } = await turnOf({
    scripts: [calls(['c1', 'work']), calls(['c2', 'work']), calls(['c3', 'work']), says('end')],
    decide: () => ASK,
    approvers: [user],
    extensions: [reviews('a', 'abstain', 'abstain', { kind: 'denied', message: 'enough' })],
  })
  expect(outputs(watched)).toEqual(['output c1: output of c1', 'output c2: output of c2', 'output c3: enough'])
  expect(watched.of('request.opened')).toHaveLength(1)
})

test('the first change of a turn in an environment is told once it is granted, before its handler; later ones are not', async () => {
  const log: string[] = []
  const extension: Extension = {
    id: 'checkpoints',
    contributes: {
      effects: {
        beforeWrite: (environment: string, effects: readonly Effect[]) =>
          void log.push(`${environment}: ${effects.map(({ kind }) => kind).join()}`),
      },
    },
  }
  const tool = new FakeTool('work', {
    command: true,
    immediate: true,
    execute: async (_context, call) => (log.push('ran'), await call.result.promise),
  })
  const reader = new FakeTool('look', {
    immediate: true,
    execute: async (_context, call) => (log.push('looked'), await call.result.promise),
  })
  const world = new World({
    scripts: [calls(['c1', 'look'], ['c2', 'work']), calls(['c3', 'work']), says('end'), calls(['c4', 'work']), says('end')],
    tools: [tool, reader],
    extensions: [extension],
  })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  expect(log).toEqual(['looked', 'local: exec', 'ran', 'ran'])
  await moving(world, (await watched.thread.run('two')).done)
  expect(log.slice(4)).toEqual(['local: exec', 'ran'])
})

test('a change that an extension could not look at first is declined, and the next one asks again', async () => {
  let count = 0
  const extension: Extension = {
    id: 'checkpoints',
    contributes: {
      effects: {
        beforeWrite: () => {
          count += 1
          if (count === 1) throw new Error('disk full')
        },
      },
    },
  }
  const { watched } = await turnOf(
    { scripts: [calls(['c1', 'work']), calls(['c2', 'work']), says('end')], extensions: [extension] },
    new FakeTool('work', { command: true, immediate: true }),
  )
  expect(outputs(watched)).toEqual(['output c1: declined: extension checkpoints failed in effects: disk full', 'output c2: output of c2'])
})

function outcome({ kind, handlerRan }: ObservedOutcome): string {
  return handlerRan ? `${kind}, ran` : kind
}

/** What is told of each call. */
function watchingCalls(log: string[]): Extension {
  return {
    id: 'watching',
    contributes: {
      toolLifecycle: {
        started: ({ callId, tool }) => void log.push(`${callId} ${tool.name} started`),
        finished: ({ callId }, how) => void log.push(`${callId} ${outcome(how)}`),
      },
    },
  }
}

test('each call is told as finished exactly once: done, failed, declined, unknown, unparsable, answered by its plan', async () => {
  const log: string[] = []
  const fails = new FakeTool('fails', {
    execute: async () => {
      throw new Error('no')
    },
  })
  const answers = new FakeTool('answers', { plan: () => ({ kind: 'answer', output: { content: 'known', success: true } }) })
  await turnOf({
    scripts: [
      calls(
        ['c1', 'work'],
        ['c2', 'fails'],
        ['c3', 'forbidden'],
        ['c4', 'nowhere'],
        ['c5', 'work', '{'],
        ['c6', 'answers'],
        ['c7', 'denied'],
      ),
      says('end'),
    ],
    tools: [new FakeTool('work', { immediate: true }), fails, answers, new FakeTool('forbidden'), new FakeTool('denied')],
    decide: ({ tool: { name } }) => (name === 'forbidden' ? { kind: 'forbid', message: 'never', trace: [] } : ALLOW),
    extensions: [
      watchingCalls(log),
      before('guard', ({ tool }) => (tool.name === 'denied' ? { kind: 'deny', message: 'no' } : { kind: 'allow' })),
    ],
  })
  expect(log.toSorted()).toEqual([
    'c1 ok, ran',
    'c1 work started',
    'c2 failed, ran',
    'c2 fails started',
    'c3 declined',
    'c4 failed',
    'c5 failed',
    'c6 ok',
    'c7 declined',
  ])
})

test('calls that are cut are told as aborted, those that had not begun as well', async () => {
  const log: string[] = []
  const world = new World({
    scripts: [calls(['c1', 'work'], ['c2', 'alone'])],
    tools: [new FakeTool('work'), new FakeTool('alone', { concurrency: 'exclusive' })],
    extensions: [watchingCalls(log)],
  })
  const watched = await world.start()
  const turn = await watched.thread.run('one')
  await tick()
  await turn.interrupt()
  await moving(world, turn.done)
  expect(log.toSorted()).toEqual(['c1 aborted, ran', 'c1 work started', 'c2 aborted'])
})
