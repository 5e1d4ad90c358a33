import { AbsolutePath } from '@octavo/base'
import { profileOfSandboxPolicy } from '@octavo/protocol'
import { calls, patches, responds, says } from '@octavo/testing'
import { answer, at, interrupt, scenario, submit } from '@octavo/testing/scenario'

const question = { id: 'colour', header: 'Colour', question: 'Which?', options: [{ label: 'Red', description: 'It is red.' }] }
const asks = calls('request_user_input', { questions: [question] })

scenario('the user is asked, and the model reads the answer by the id of the question (F112)', {
  model: [asks, says('Red it is.')],
  answers: ['userInput'],
  when: [at('request.opened', answer({ answers: { colour: ['Red'] } }))],
  expect: {
    turn: 'completed',
    approvals: [['userInput', 'answered']],
    outputs: { call_1: '{"answers":{"colour":{"answers":["Red"]}}}' },
    items: ['userMessage', 'agentMessage'],
  },
})

scenario('where nobody answers, the model is told at once and goes on (R36)', {
  model: [asks, says('I take red.')],
  expect: {
    turn: 'completed',
    approvals: [['userInput', 'nobody']],
    outputs: { call_1: /^request_user_input is unavailable: nobody is attached/ },
    elapsedMs: 0,
  },
})

scenario('an interrupt withdraws the question, and the call says that it was cancelled (F23)', {
  model: [asks],
  answers: true,
  when: [at('request.opened', interrupt())],
  expect: {
    turn: 'interrupted',
    approvals: [['userInput', 'cancelled']],
    outputs: { call_1: 'request_user_input was cancelled before receiving a response' },
    history: ['user', 'function_call call_1', 'function_call_output call_1', 'marker'],
  },
})

const wants = calls('request_permissions', { reason: 'to build', permissions: { file_system: { write: ['out'] } } })
const given = (scope: 'turn' | 'session') =>
  answer({ permissions: { network: true, read: [], write: [AbsolutePath.from('/')] }, scope, strictAutoReview: false })
const adds = (path: string) => patches(`*** Begin Patch\n*** Add File: ${path}\n+made\n*** End Patch`)
const readOnly = { permissions: profileOfSandboxPolicy({ type: 'read-only', networkAccess: false }) }

scenario('permissions granted for the session hold for calls behind them, in later turns too, and no further than was asked (I16)', {
  settings: readOnly,
  input: ['build', 'again'],
  model: [wants, adds('out/a'), says('Done.'), adds('out/b'), adds('else'), says('Done again.')],
  answers: ['permissions'],
  when: [at('request.opened', given('session'))],
  expect: {
    turns: ['completed', 'completed'],
    approvals: [
      ['permissions', 'answered'],
      ['fileChangeApproval', 'nobody'],
    ],
    files: { 'out/a': 'made\n', 'out/b': 'made\n', else: null },
  },
})

scenario('permissions granted for the turn are gone with it (I16)', {
  settings: readOnly,
  input: ['build', 'again'],
  model: [wants, adds('out/a'), says('Done.'), adds('out/b'), says('Not again.')],
  answers: ['permissions'],
  when: [at('request.opened', given('turn'))],
  expect: {
    turns: ['completed', 'completed'],
    approvals: [
      ['permissions', 'answered'],
      ['fileChangeApproval', 'nobody'],
    ],
    files: { 'out/a': 'made\n', 'out/b': null },
  },
})

scenario('the policy never asks for permissions where it asks for nothing', {
  settings: { approvalPolicy: 'never' },
  model: [wants, says('Then not.')],
  answers: true,
  expect: { turn: 'completed', approvals: [], outputs: { call_1: /^request_permissions was declined: approval policy is never/ } },
})

scenario('tools registered while a turn runs are there in its next step, and the client runs them (F56, F57)', {
  model: [calls('exec_command', { cmd: 'ls' }), calls('weather', { city: 'Ulm' }), says('Sunny.')],
  commands: { ls: { stdout: 'a\n', ms: 100 } },
  answers: ['dynamicTool'],
  when: [
    at(
      'item.started',
      submit({
        type: 'dynamicTools',
        tools: [
          {
            name: 'weather',
            namespace: null,
            description: 'Tells the weather',
            inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
            deferLoading: false,
            deadlineMs: null,
            parallel: false,
          },
        ],
      }),
      { item: 'commandExecution' },
    ),
    at('request.opened', answer({ content: [{ type: 'input_text', text: '25 degrees' }], success: true })),
  ],
  expect: {
    turn: 'completed',
    approvals: [['dynamicTool', 'answered']],
    outputs: { call_1: /a\n$/, call_2: '25 degrees' },
    items: ['userMessage', 'commandExecution call_1 completed', 'toolCall call_2 completed', 'agentMessage'],
  },
})

scenario('while the host holds, a command is looked at for longer (F96)', {
  model: [calls('exec_command', { cmd: 'slow', yield_time_ms: 1_000 }), says('It is done.')],
  commands: { slow: { stdout: 'done\n', ms: 9_000 } },
  when: [at('item.started', submit({ type: 'hold', change: 'begin' }), { item: 'commandExecution' })],
  expect: { turn: 'completed', outputs: { call_1: /Process exited with code 0\n(?:.*\n)*Output:\ndone\n$/ }, elapsedMs: 9_000 },
})

scenario('questions are asked one after the other, each answered by its own id (F116)', {
  model: [responds(asks, calls('request_user_input', { questions: [{ ...question, id: 'size' }] })), says('Both known.')],
  answers: true,
  when: [
    at('request.opened', answer({ answers: { colour: ['Red'] } })),
    at('request.opened', answer({ answers: { size: ['Small'] } }), { nth: 2 }),
  ],
  expect: {
    turn: 'completed',
    outputs: { call_1: '{"answers":{"colour":{"answers":["Red"]}}}', call_2: '{"answers":{"size":{"answers":["Small"]}}}' },
  },
})
