import type { TracedWork, TraceSink, TraceSpan } from '@octavo/extension-api'
import type { SubmissionId, TraceContext } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { breaks, calls, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const REMOTE: TraceContext = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1' }

class Traced implements TraceSpan {
  readonly work: TracedWork
  readonly parent: TraceSpan | null
  readonly remote: TraceContext | null
  readonly outcomes: string[] = []

  constructor(work: TracedWork, parent: TraceSpan | null, remote: TraceContext | null) {
    this.work = work
    this.parent = parent
    this.remote = remote
  }

  end(outcome: string): void {
    this.outcomes.push(outcome)
  }

  /** Itself and what it belongs to, with how it ended: `toolCall < step < turn < submission: ok`. */
  toString(): string {
    return `${this.chain().join(' < ')}: ${this.outcomes.join(', ')}`
  }

  chain(): string[] {
    return [this.work.kind, ...(this.parent instanceof Traced ? this.parent.chain() : [])]
  }
}

class Tracer implements TraceSink {
  readonly spans: Traced[] = []

  start(work: TracedWork, parent: TraceSpan | null, remote: TraceContext | null): TraceSpan {
    const span = new Traced(work, parent, remote)
    this.spans.push(span)
    return span
  }
}

test('the trace context of a submission reaches the tracer, and turn, steps and calls stand below it (F30)', async () => {
  const tracer = new Tracer()
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [calls(['c1', 'work'], ['c2', 'gone']), says('end')], tools: [tool], ports: { traces: tracer } })
  const { thread } = await world.start()
  await world.finish((await thread.run('begin', { id: 'mine' as SubmissionId, trace: REMOTE })).done)
  await world.finish((await thread.run('untraced')).done)
  expect(tracer.spans.map(String)).toEqual([
    'submission: started',
    'turn < submission: completed',
    'step < turn < submission: completed',
    'toolCall < step < turn < submission: ok',
    'toolCall < step < turn < submission: failed',
    'step < turn < submission: completed',
    'submission: started',
    'turn < submission: completed',
    'step < turn < submission: completed',
  ])
  expect(tracer.spans.filter(({ work }) => work.kind === 'submission').map(({ remote }) => remote)).toEqual([REMOTE, null])
  expect(tracer.spans.slice(0, 4).map(({ work }) => work)).toMatchObject([
    { submissionId: 'mine', op: 'userInput', threadId: thread.id },
    { threadId: thread.id },
    { number: 1 },
    { callId: 'c1', tool: 'work' },
  ])
})

test('what steers, queues and waits keeps the trace of its own submission (F30)', async () => {
  const tracer = new Tracer()
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool], ports: { traces: tracer } })
  const { thread } = await world.start()
  await thread.run('first')
  await tick()
  const queued = await thread.run('second', { trace: REMOTE })
  tool.last.finish()
  await world.finish(queued.done)
  const turns = tracer.spans.filter(({ work }) => work.kind === 'turn')
  expect(turns.map(({ parent }) => (parent as Traced).remote)).toEqual([null, REMOTE])
  expect(tracer.spans.filter(({ work }) => work.kind === 'submission').map(String)).toEqual(['submission: started', 'submission: queued'])
})

test('each span ends once, whatever cuts the work (F30)', async () => {
  const tracer = new Tracer()
  await using world = new World({
    scripts: [calls(['c1', 'work']), [breaks('missing_key')]],
    tools: [new FakeTool('work')],
    ports: { traces: tracer },
  })
  const { thread } = await world.start()
  const handle = await thread.run('first')
  await tick()
  await handle.interrupt()
  await world.finish(handle.done)
  await world.finish((await thread.run('second')).done)
  thread.submit({ type: 'shutdown' })
  await world.finish(thread.closed)
  expect(tracer.spans.map(String)).toEqual([
    'submission: started',
    'turn < submission: interrupted',
    'step < turn < submission: cut',
    'toolCall < step < turn < submission: aborted',
    'submission: applied',
    'submission: started',
    'turn < submission: failed',
    'step < turn < submission: cut',
    'submission: applied',
  ])
})

test.each([
  ['the tracer fails', { start: () => fail() }, undefined, ['the tracer failed: no collector']],
  ['a span cannot be ended', { start: () => ({ end: fail }) }, undefined, ['the tracer failed: no collector']],
  [
    'the context cannot be read',
    new Tracer(),
    { traceparent: 'nonsense' },
    ['traceparent "nonsense" cannot be read: a new trace is begun'],
  ],
])('when %s the work goes on, and that is told once (F30)', async (_what, traces, trace, warnings) => {
  await using world = new World({ ports: { traces } })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('begin', trace === undefined ? {} : { trace })).done)
  await tick()
  expect([result.status, watched.of('warning').map(({ message }) => message)]).toEqual(['completed', warnings])
})

function fail(): never {
  throw new Error('no collector')
}
