import type { EventEnvelope } from '@octavo/protocol'
import { execJsonProjection, formatExecJson } from '@octavo/protocol/exec-json'
import { at, calls, cutsAfter, fails, interrupt, patches, reasons, responds, runScenario, says } from '@octavo/testing'
import { expect, test } from 'vitest'

/** The lines of `exec --json` for what an engine told. */
function lines(events: readonly EventEnvelope[]): string[] {
  const [first] = events
  if (first?.event.type !== 'thread.configured') throw new Error('a stream begins with its configuration')
  let state = execJsonProjection.start(first.event.snapshot)
  return events.flatMap((envelope) => {
    const [next, out] = execJsonProjection.next(state, envelope)
    state = next
    return out.map(formatExecJson)
  })
}

const THREAD = '{"type":"thread.started","thread_id":"00000000-0000-7000-8000-000000000001"}'
const TURN = '{"type":"turn.started"}'

test('a turn of the engine with a plan, a command, a patch and a retry reads as the format says', async () => {
  const { events } = await runScenario({
    files: { 'a.txt': 'one\n' },
    commands: { make: { stdout: 'no rule\n', ms: 100, code: 2 } },
    model: [
      fails('server_error', { message: 'the server answered 500', status: 500 }),
      responds(reasons('**Looking**'), calls('update_plan', { plan: [{ step: 'Mend', status: 'in_progress' }] })),
      calls('exec_command', { cmd: 'make' }),
      responds(says('Mending.'), patches('*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch')),
      calls('update_plan', { plan: [{ step: 'Mend', status: 'completed' }] }),
      cutsAfter(says('half of what I wanted'), 'middle'),
      says('Mended.'),
    ],
  })
  expect(lines(events)).toEqual([
    THREAD,
    TURN,
    '{"type":"error","message":"Reconnecting... 1/5 (the server answered 500)"}',
    '{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"**Looking**"}}',
    '{"type":"item.started","item":{"id":"item_1","type":"todo_list","items":[{"text":"Mend","completed":false}]}}',
    '{"type":"item.started","item":{"id":"item_2","type":"command_execution","command":"/bin/bash -lc make","aggregated_output":"","exit_code":null,"status":"in_progress"}}',
    '{"type":"item.completed","item":{"id":"item_2","type":"command_execution","command":"/bin/bash -lc make","aggregated_output":"no rule\\n","exit_code":2,"status":"failed"}}',
    '{"type":"item.completed","item":{"id":"item_3","type":"agent_message","text":"Mending."}}',
    '{"type":"item.started","item":{"id":"item_4","type":"file_change","changes":[{"path":"/repo/a.txt","kind":"update"}],"status":"in_progress"}}',
    '{"type":"item.completed","item":{"id":"item_4","type":"file_change","changes":[{"path":"/repo/a.txt","kind":"update"}],"status":"completed"}}',
    '{"type":"item.updated","item":{"id":"item_1","type":"todo_list","items":[{"text":"Mend","completed":true}]}}',
    '{"type":"error","message":"Reconnecting... 1/5 (the scripted model was told to fail with stream_closed)"}',
    '{"type":"item.completed","item":{"id":"item_5","type":"agent_message","text":"Mended."}}',
    '{"type":"item.completed","item":{"id":"item_1","type":"todo_list","items":[{"text":"Mend","completed":true}]}}',
    '{"type":"turn.completed","usage":{"input_tokens":500,"cached_input_tokens":100,"cache_write_input_tokens":0,"output_tokens":35,"reasoning_output_tokens":10}}',
  ])
})

test('an interrupted turn completes its command and says nothing of its own end', async () => {
  const { events } = await runScenario({
    model: [calls('exec_command', { cmd: 'sleep 60' })],
    commands: { 'sleep 60': { ms: 60_000 } },
    when: [at('item.started', interrupt(), { item: 'commandExecution' })],
  })
  const printed = lines(events)
  expect(printed.slice(0, 2)).toEqual([THREAD, TURN])
  expect(printed.slice(2).map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['item.started', 'item.completed'])
})

test('a failed turn tells its error, and then that it failed', async () => {
  const { events } = await runScenario({ model: [fails('missing_key', { message: 'set OPENAI_API_KEY' })] })
  expect(lines(events)).toEqual([
    THREAD,
    TURN,
    '{"type":"error","message":"set OPENAI_API_KEY"}',
    '{"type":"turn.failed","error":{"message":"set OPENAI_API_KEY"}}',
  ])
})

test('two turns of one thread share a counter, and the second counts the tokens of both', async () => {
  const { events } = await runScenario({ input: ['one', 'two'], model: [says('a'), says('b')] })
  expect(lines(events).filter((line) => !line.includes('turn.started'))).toEqual([
    THREAD,
    '{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"a"}}',
    expect.stringContaining('"input_tokens":100'),
    '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"b"}}',
    expect.stringContaining('"input_tokens":200'),
  ])
})
