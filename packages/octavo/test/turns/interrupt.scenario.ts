import { calls, hangs, patches, responds, says } from '@octavo/testing'
import { at, interrupt, scenario, steer } from '@octavo/testing/scenario'

const command = { item: 'commandExecution' } as const

scenario('a call that is cut has an aborted output, and a marker says that the user stopped it (F23, I11)', {
  model: [calls('exec_command', { cmd: 'sleep 60', yield_time_ms: 30_000 })],
  commands: { 'sleep 60': { ms: 60_000 } },
  when: [at('item.started', interrupt(), command)],
  expect: {
    turn: 'interrupted',
    history: ['user', 'function_call call_1', 'function_call_output call_1 (aborted)', 'marker'],
    requests: 1,
    items: ['userMessage', 'commandExecution call_1 failed'],
  },
})

scenario('every call of an interrupted response has its output, one that still waited for its turn too (F40)', {
  model: [
    responds(
      calls('exec_command', { cmd: 'sleep 60', yield_time_ms: 30_000 }),
      patches('*** Begin Patch\n*** Add File: a\n+a\n*** End Patch'),
    ),
  ],
  commands: { 'sleep 60': { ms: 60_000 } },
  when: [at('turn.usage', interrupt())],
  expect: {
    turn: 'interrupted',
    history: [
      'user',
      'function_call call_1',
      'custom_tool_call call_2',
      'function_call_output call_1 (aborted)',
      'custom_tool_call_output call_2 (aborted)',
      'marker',
    ],
    files: { a: null },
  },
})

scenario('the turn after an interrupted one holds the call, its aborted output and the marker', {
  input: ['start', 'go on'],
  model: [calls('exec_command', { cmd: 'sleep 60', yield_time_ms: 30_000 }), says('Going on.')],
  commands: { 'sleep 60': { ms: 60_000 } },
  when: [at('item.started', interrupt(), command)],
  expect: {
    turn: 'completed',
    history: ['user', 'function_call call_1', 'function_call_output call_1 (aborted)', 'marker', 'user', 'assistant'],
    lastRequest: ['user', 'function_call call_1', 'function_call_output call_1 (aborted)', 'marker', 'user'],
  },
})

scenario('an interrupted stream leaves no half message in history', {
  model: [hangs(says('never said')), says('After.')],
  input: ['one', 'two'],
  when: [at('item.delta', interrupt())],
  expect: { turn: 'completed', history: ['user', 'marker', 'user', 'assistant'] },
})

scenario('input that arrives while a command runs is in the next request, after the output (F18)', {
  model: [calls('exec_command', { cmd: 'make' }), says('With tests, then.')],
  commands: { make: { stdout: 'ok\n', ms: 2000 } },
  when: [at('item.started', steer('and run the tests'), command)],
  expect: {
    turn: 'completed',
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'user', 'assistant'],
    requests: 2,
  },
})
