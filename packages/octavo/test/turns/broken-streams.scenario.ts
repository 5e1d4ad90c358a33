import { calls, cutsAfter, fails, patches, responds, says } from '@octavo/testing'
import { scenario } from '@octavo/testing/scenario'

scenario('a stream that is cut after a call is sampled again with the call and its output, which ran once (H6)', {
  model: [cutsAfter(calls('exec_command', { cmd: 'pay' })), says('Paid.')],
  commands: { pay: { stdout: 'paid\n', ms: 5000, writes: { 'receipt.txt': 'paid\n' } } },
  expect: {
    turn: 'completed',
    lastMessage: 'Paid.',
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'assistant'],
    outputs: { call_1: /paid\n$/ },
    requests: 2,
    files: { 'receipt.txt': 'paid\n' },
    lastRequest: ['user', 'function_call call_1', 'function_call_output call_1'],
    items: ['userMessage', 'commandExecution call_1 completed', 'agentMessage'],
    retries: [[1, 5, 200]],
    elapsedMs: 5200,
  },
})

scenario('a patch that was applied before the cut is not applied again (H6)', {
  files: { 'log.txt': 'one\n' },
  model: [cutsAfter(patches('*** Begin Patch\n*** Update File: log.txt\n@@\n one\n+two\n*** End Patch')), says('Added.')],
  expect: { turn: 'completed', files: { 'log.txt': 'one\ntwo\n' }, requests: 2 },
})

scenario('a message that was cut is withdrawn, told as such, and left out of the next request (R16)', {
  model: [
    cutsAfter(responds(calls('exec_command', { cmd: 'ls' }), says('I was about to say something longer')), 'middle'),
    says('Here it is.'),
  ],
  commands: { ls: { stdout: 'a\n' } },
  expect: {
    turn: 'completed',
    lastMessage: 'Here it is.',
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'assistant'],
    lastRequest: ['user', 'function_call call_1', 'function_call_output call_1'],
    items: ['userMessage', 'commandExecution call_1 completed', 'agentMessage withdrawn', 'agentMessage'],
  },
})

scenario('retries wait longer each time, are told, and a completed response refills their budget (F35)', {
  model: [
    fails('server_error', { status: 500 }),
    fails('connection_failed'),
    calls('exec_command', { cmd: 'ls' }),
    cutsAfter(says('half'), 'middle'),
    says('Done.'),
  ],
  commands: { ls: { stdout: 'a\n' } },
  expect: {
    turn: 'completed',
    lastMessage: 'Done.',
    requests: 5,
    retries: [
      [1, 5, 200],
      [2, 5, 400],
      [1, 5, 200],
    ],
  },
})

scenario('what the server asks to wait is waited (F35)', {
  model: [fails('rate_limited', { status: 429, retryAfterMs: 7000 }), says('Done.')],
  expect: { turn: 'completed', requests: 2, retries: [[1, 5, 7000]], elapsedMs: 7000 },
})

scenario('when the budget is spent the turn fails with the last error, and the next input starts a new turn (F37)', {
  input: ['one', 'two'],
  model: [...Array.from({ length: 6 }, () => cutsAfter(says('half'), 'middle')), says('Second turn.')],
  expect: {
    turn: 'completed',
    lastMessage: 'Second turn.',
    history: ['user', 'user', 'assistant'],
    requests: 7,
    turns: ['failed', 'completed'],
  },
})

scenario('an error that a retry cannot help ends the turn at once (F36)', {
  model: [fails('missing_key', { message: 'set OPENAI_API_KEY' })],
  expect: { turn: 'failed', error: 'missing_key', requests: 1, history: ['user'] },
})
