import { projectInstructions } from '@octavo/extensions/project-instructions'
import type { ModelInfo } from '@octavo/extension-api'
import type { MessageItem, ResponseItem } from '@octavo/protocol'
import { calls, createTestEngine, outlineHistory, reasons, responds, says, scriptedModel } from '@octavo/testing'
import { expect, test } from 'vitest'

const BASE = 'You are a coding agent under test.'
const PERMISSIONS = [
  '<permissions instructions>',
  'Commands run in a sandbox: every file may be read; only these may be changed: the workspace (/repo). Inside the workspace .git, .agents, .codex and .octavo are read-only.',
  'Network access is off: commands that need it fail.',
  'Nobody can be asked for approval: work within these limits, do not set `sandbox_permissions`, and if something cannot be done inside them, say so.',
  '</permissions instructions>',
].join('\n')
const PROJECT = '# AGENTS.md instructions for /repo\n\n<INSTRUCTIONS>\nUse tabs.\n</INSTRUCTIONS>'
const ENVIRONMENT = [
  '<environment_context>',
  '  <cwd>/repo</cwd>',
  '  <shell>bash</shell>',
  '  <current_date>2026-01-01</current_date>',
  '  <timezone>Etc/UTC</timezone>',
  '  <network enabled="false"></network>',
  '  <filesystem><workspace_roots><root>/repo</root></workspace_roots></filesystem>',
  '</environment_context>',
].join('\n')

/** Role and parts of each message, nothing of its ids. */
function told(items: readonly ResponseItem[]): unknown[] {
  return items
    .filter((item): item is MessageItem => item.type === 'message')
    .map(({ role, content }) => [role, ...content.map((part) => ('text' in part ? part.text : part.type))])
}

test.each<[ModelInfo['instructions'], string | null, unknown[]]>([
  ['instructions', BASE, []],
  ['developer', null, [['developer', BASE]]],
])(
  'base instructions in %s, then the host’s words, permissions, project documents and surroundings, then the user (F41, R19)',
  async (placement, instructions, first) => {
    const model = scriptedModel([says('one'), says('two')], { model: { instructions: placement } })
    await using world = createTestEngine({
      model,
      files: { 'AGENTS.md': 'Use tabs.', '.git/HEAD': 'ref: refs/heads/main' },
      settings: { approvalPolicy: 'never' },
      defaults: { developerInstructions: 'Be kind.' },
      extensions: [projectInstructions({ maxBytes: 32_768, fallbackFilenames: [], rootMarkers: ['.git'], userFolders: [] })],
    })
    const thread = await world.startThread()
    await thread.run('hello')
    await thread.run('again')
    const told1 = [...first, ['developer', 'Be kind.', PERMISSIONS], ['user', PROJECT, ENVIRONMENT], ['user', 'hello']]
    expect(model.requests.map((request) => [request.instructions, told(request.input)])).toEqual([
      [instructions, told1],
      [instructions, [...told1, ['assistant', 'one'], ['user', 'again']]],
    ])
  },
)

test('base instructions of a thread replace those of the engine (F41)', async () => {
  await using world = createTestEngine({ model: [says('one')] })
  const thread = await world.startThread({ baseInstructions: 'Answer in verse.' })
  await thread.run('hello')
  expect(world.model.requests[0]?.instructions).toBe('Answer in verse.')
})

test('every request holds the whole prompt, and begins with the one before it to the byte (F39)', async () => {
  await using world = createTestEngine({
    model: [responds(reasons('Looking'), calls('exec_command', { cmd: 'ls' })), says('One file.'), says('Still one.')],
    commands: { ls: { stdout: 'a\n' } },
  })
  const thread = await world.startThread()
  await thread.run('look')
  await thread.run('look again')
  const inputs = world.model.requests.map(({ input }) => input.map((item) => JSON.stringify(item)))
  expect(inputs[1]?.slice(0, inputs[0]?.length)).toEqual(inputs[0])
  expect(inputs[2]?.slice(0, inputs[1]?.length)).toEqual(inputs[1])
  expect(outlineHistory(world.model.requests[2]?.input ?? [])).toEqual([
    'user',
    'reasoning',
    'function_call call_1',
    'function_call_output call_1',
    'assistant',
    'user',
  ])
})

test('sealed reasoning stands in the next request where it was thought (F38)', async () => {
  await using world = createTestEngine({
    model: [responds(reasons('Looking'), calls('exec_command', { cmd: 'ls' })), says('One file.')],
    commands: { ls: { stdout: 'a\n' } },
  })
  const thread = await world.startThread()
  await thread.run('look')
  const [reasoning, call] = world.model.requests[1]?.input.slice(-3) ?? []
  expect([reasoning, call]).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Looking' }], encrypted_content: 'sealed rs_1' },
    { type: 'function_call', call_id: 'call_1' },
  ])
})

test.each<[ModelInfo['applyPatch'], string]>([
  ['freeform', 'custom'],
  ['function', 'function'],
])(
  'the tools of the family are offered, the patch tool as the catalogue says (%s); aliases never are (F42, F43, R20)',
  async (applyPatch, type) => {
    const model = scriptedModel([says('one')], { model: { applyPatch } })
    await using world = createTestEngine({ model })
    const thread = await world.startThread()
    await thread.run('hello')
    const offered = model.requests[0]?.tools.map(({ type: kind, name }) => `${kind} ${name}`)
    expect(offered?.toSorted()).toEqual(
      [
        `${type} apply_patch`,
        'function exec_command',
        'function request_permissions',
        'function request_user_input',
        'function update_plan',
        'function view_image',
        'function write_stdin',
      ].toSorted(),
    )
  },
)

test.each([
  ['shell', { command: ['ls'] }],
  ['container.exec', { command: ['ls'] }],
])('a call of the hidden alias %s runs as an ordinary command (F43, R33)', async (name, input) => {
  await using world = createTestEngine({ model: [calls(name, input), says('One file.')], commands: { ls: { stdout: 'a\n' } } })
  const thread = await world.startThread()
  await thread.run('look')
  expect(await thread.outputs()).toEqual({ call_1: expect.stringMatching(/^Exit code: 0\n(?:.*\n)*Output:\na\n$/) })
})
