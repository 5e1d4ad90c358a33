import { calls, callsAll, callsFreeform, patches, responds, says } from '@octavo/testing'
import { scenario } from '@octavo/testing/scenario'

scenario('a command runs, its output is recorded, and the next request holds both', {
  model: [calls('exec_command', { cmd: 'ls' }), says('There is one file.')],
  commands: { ls: { stdout: 'a.txt\n', ms: 500 } },
  expect: {
    turn: 'completed',
    lastMessage: 'There is one file.',
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'assistant'],
    outputs: { call_1: /^Chunk ID: 000001\nWall time: 0\.5000 seconds\nProcess exited with code 0\n(?:.*\n)*Output:\na\.txt\n$/ },
    lastRequest: ['user', 'function_call call_1', 'function_call_output call_1'],
    items: ['userMessage', 'commandExecution call_1 completed', 'agentMessage'],
    requests: 2,
  },
})

scenario('a command that fails is told with its code, and the turn goes on (F54)', {
  model: [calls('exec_command', { cmd: 'make' }), says('It does not build.')],
  commands: { make: { stderr: 'no rule\n', code: 2 } },
  expect: { turn: 'completed', outputs: { call_1: /Process exited with code 2\n(?:.*\n)*Output:\nno rule\n$/ } },
})

scenario('calls that finish out of order are recorded in the order the model made them (I7, R21)', {
  model: [
    callsAll([
      ['exec_command', { cmd: 'slow' }],
      ['exec_command', { cmd: 'fast' }],
      ['exec_command', { cmd: 'middling' }],
    ]),
    says('All done.'),
  ],
  commands: { slow: { stdout: 'slow\n', ms: 3000 }, fast: { stdout: 'fast\n', ms: 10 }, middling: { stdout: 'middling\n', ms: 700 } },
  expect: {
    turn: 'completed',
    history: [
      'user',
      'function_call call_1',
      'function_call call_2',
      'function_call call_3',
      'function_call_output call_1',
      'function_call_output call_2',
      'function_call_output call_3',
      'assistant',
    ],
    outputs: { call_1: /slow\n$/, call_2: /fast\n$/, call_3: /middling\n$/ },
    items: [
      'userMessage',
      'commandExecution call_2 completed',
      'commandExecution call_3 completed',
      'commandExecution call_1 completed',
      'agentMessage',
    ],
    elapsedMs: 3000,
  },
})

scenario('an unknown tool is answered, and the conversation goes on (F45)', {
  model: [calls('teleport', { to: 'home' }), says('Then I walk.')],
  expect: {
    turn: 'completed',
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'assistant'],
    outputs: { call_1: 'unsupported call: teleport' },
    requests: 2,
  },
})

scenario('an unknown freeform tool is answered in its own form (F45)', {
  model: [callsFreeform('teleport', 'home'), says('Then I walk.')],
  expect: {
    history: ['user', 'custom_tool_call call_1', 'custom_tool_call_output call_1', 'assistant'],
    outputs: { call_1: 'unsupported custom tool call: teleport' },
  },
})

scenario('arguments that cannot be read are answered with the reason, and nothing runs (F46)', {
  model: [
    responds(calls('exec_command', '{"cmd": ls'), calls('exec_command', { command: 'ls' }), calls('exec_command', { cmd: ['ls'] })),
    calls('exec_command', { cmd: 'ls' }),
    says('Now it works.'),
  ],
  commands: { ls: { stdout: 'a\n' } },
  expect: {
    turn: 'completed',
    outputs: {
      call_1: /^failed to parse function arguments: /,
      call_2: /^failed to parse function arguments: .*cmd/,
      call_3: /^failed to parse function arguments: .*cmd/,
      call_4: /a\n$/,
    },
    items: ['userMessage', 'commandExecution call_4 completed', 'agentMessage'],
  },
})

scenario('a patch changes the files of the workspace, without a process (F61, R35)', {
  files: { 'greeting.txt': 'hello\nworld\n' },
  model: [
    patches(
      '*** Begin Patch\n*** Update File: greeting.txt\n@@\n-hello\n+goodbye\n world\n*** Add File: new/note.txt\n+noted\n*** End Patch',
    ),
    says('Patched.'),
  ],
  expect: {
    turn: 'completed',
    history: ['user', 'custom_tool_call call_1', 'custom_tool_call_output call_1', 'assistant'],
    files: { 'greeting.txt': 'goodbye\nworld\n', 'new/note.txt': 'noted\n' },
    items: ['userMessage', 'fileChange call_1 completed', 'agentMessage'],
  },
})
