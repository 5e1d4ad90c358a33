import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { LAUNCHER, World } from './harness/world.ts'

const FILES = { 'a.txt': 'one\n', 'b.txt': 'two\n' }
const PATCH = ['*** Begin Patch', '*** Update File: a.txt', '@@', '-one', '+three', '*** End Patch'].join('\n')
const TASK = [
  responses.all(
    responses.reasoning('Look first.'),
    responses.calls([
      { name: 'exec_command', arguments: { cmd: 'cat a.txt' }, callId: 'c1' },
      { name: 'exec_command', arguments: { cmd: 'cat b.txt' }, callId: 'c2' },
    ]),
  ),
  responses.calls([{ name: 'exec_command', arguments: { cmd: 'exit 3' }, callId: 'c3' }]),
  responses.patch(PATCH, 'c4'),
  responses.text('Done: a.txt says three.'),
]

/** Ids of calls and of outputs, in the order of the request. */
function pairs(conversation: readonly Record<string, unknown>[]): readonly string[] {
  return conversation.flatMap((item) => {
    if (item['role'] === 'tool') return [`output ${String(item['tool_call_id'])}`]
    if (Array.isArray(item['tool_calls'])) return item['tool_calls'].map((call: { id: string }) => `call ${call.id}`)
    const type = String(item['type'])
    if (type.endsWith('_call_output')) return [`output ${String(item['call_id'])}`]
    return type.endsWith('_call') ? [`call ${String(item['call_id'])}`] : []
  })
}

/** How often a text occurs in a request. */
function count(value: unknown, text: string): number {
  return JSON.stringify(value).split(text).length - 1
}

test.each(['responses', 'chat'] as const)(
  'a task of several steps over %s: parallel calls, a failing command, a patch, a final answer',
  async (wire) => {
    using world = new World(FILES)
    await using service = await startService(TASK)
    const { code, stdout, stderr } = await world.run(['exec', ...service[wire], 'Make a.txt say three'])
    expect(stderr).toContain('exec\ncat a.txt in ')
    expect({ code, stdout, a: world.read('a.txt') }).toEqual({ code: 0, stdout: 'Done: a.txt says three.\n', a: 'three\n' })
    expect(service.requests.length).toBe(4)
    const expected = ['call c1', 'call c2', 'output c1', 'output c2', 'call c3', 'output c3', 'call c4', 'output c4']
    expect(pairs(service.conversation(4))).toEqual(expected)
    expect(count(service.conversation(4), 'Process exited with code 3')).toBe(1)
  },
)

test('people see what happens as it happens, and at the end what changed and how to go on', async () => {
  using world = new World(FILES)
  await using service = await startService(TASK)
  const { stderr } = await world.run(['exec', ...service.responses, 'Make a.txt say three'])
  const [record] = world.records()
  const id = String(record?.payload['id'])
  const shown = stderr.split('\n').map((line) => line.replace(/ in \d+ms:$/, ' in Nms:'))
  expect(shown).toEqual(
    expect.arrayContaining([
      'octavo v0.1.0',
      `workdir: ${world.repo}`,
      'model: gpt-5.1-codex',
      'approval: never',
      `session id: ${id}`,
      'user',
    ]),
  )
  expect(shown.slice(shown.indexOf('user'), shown.indexOf('user') + 3)).toEqual(['user', 'Make a.txt say three', 'Look first.'])
  expect(shown).toEqual(expect.arrayContaining([' exited 3 in Nms:', 'patch: completed', '  M a.txt', 'Done: a.txt says three.']))
  expect(shown.slice(shown.indexOf('tokens used'))).toEqual([
    'tokens used',
    expect.stringMatching(/^[\d,]+$/),
    'changed by patches',
    ' a.txt | 2 +-',
    ' 1 file changed, 1 insertion(+), 1 deletion(-)',
    expect.stringMatching(/^rollout \/.*rollout-.*\.jsonl$/),
    expect.stringMatching(`^go on with ${LAUNCHER} exec -s danger-full-access -c 'model_provider="responses"' .* resume ${id} "…"$`),
    '',
  ])
})

test('--json prints events and nothing else, one to a line', async () => {
  using world = new World(FILES)
  await using service = await startService(TASK)
  const ended = await world.run(['exec', '--json', ...service.responses, '-'], { stdin: 'Make a.txt say three' })
  const lines = ended.lines()
  expect(lines.map(({ type, item }) => (item === undefined ? type : `${type} ${item.id} ${item.type}`))).toEqual([
    'thread.started',
    'turn.started',
    'item.completed item_0 reasoning',
    'item.started item_1 command_execution',
    'item.started item_2 command_execution',
    expect.stringMatching(/^item.completed item_[12] command_execution$/),
    expect.stringMatching(/^item.completed item_[12] command_execution$/),
    'item.started item_3 command_execution',
    'item.completed item_3 command_execution',
    'item.started item_4 file_change',
    'item.completed item_4 file_change',
    'item.completed item_5 agent_message',
    'turn.completed',
  ])
  expect(lines[0]?.thread_id).toBe(world.records()[0]?.payload['id'])
  expect(ended.stderr).toBe('')
})

test('a resumed thread goes on with the same id, and each earlier item is sent exactly once', async () => {
  using world = new World(FILES)
  await using service = await startService([...TASK, responses.text('And now four.'), responses.text('Five.')])
  const first = (await world.run(['exec', '--json', ...service.responses, 'Make a.txt say three'])).lines()
  const id = first[0]?.thread_id ?? ''
  const second = await world.run(['exec', '--json', ...service.responses, 'resume', id, 'And now four'])
  expect(second.lines()[0]).toEqual({ type: 'thread.started', thread_id: id })
  const third = await world.run(['exec', '--json', ...service.responses, 'resume', '--last', 'And five'])
  expect([second.code, third.code, third.lines()[0]?.thread_id]).toEqual([0, 0, id])
  const sent = service.conversation(6)
  const once = ['Make a.txt say three', 'Done: a.txt says three.', 'And now four"', 'And now four.', 'And five', '<environment_context>']
  expect(once.filter((text) => count(sent, text) !== 1)).toEqual([])
  expect(pairs(sent)).toEqual(['call c1', 'call c2', 'output c1', 'output c2', 'call c3', 'output c3', 'call c4', 'output c4'])
  expect(world.rollouts().length).toBe(1)
})

test('exec fork goes on from a thread in a new one, and leaves the old one as it is', async () => {
  using world = new World(FILES)
  await using service = await startService([responses.text('One.'), responses.text('Another way.'), responses.text('Back.')])
  const first = await world.run(['exec', '--json', ...service.responses, 'Say one'])
  const id = first.lines()[0]?.thread_id ?? ''
  const fork = await world.run(['exec', '--json', ...service.responses, 'fork', id, 'Try another way'])
  const forkId = fork.lines()[0]?.thread_id
  expect({ code: fork.code, isNew: forkId !== undefined && forkId !== id }).toEqual({ code: 0, isNew: true })
  expect([count(service.conversation(2), 'Say one'), count(service.conversation(2), 'Try another way')]).toEqual([1, 1])
  await world.run(['exec', '--json', ...service.responses, 'resume', id, 'Go on'])
  expect(count(service.conversation(3), 'Try another way')).toBe(0)
})

test('the line a run ends with goes on in the same way', async () => {
  using world = new World(FILES)
  await using service = await startService([responses.text('One.'), responses.text('Two.')])
  const { stderr } = await world.run(['exec', ...service.responses, 'Begin'])
  const line = (/^go on with (.*)$/m.exec(stderr)?.[1] ?? '').replace('…', 'Go on')
  const env = { PATH: process.env['PATH'], HOME: world.home, OCTAVO_HOME: world.octavoHome, OPENAI_API_KEY: 'sk-test' }
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${line} </dev/null`], { cwd: world.repo, env })
  expect([stdout, count(service.conversation(2), 'Go on')]).toEqual(['Two.\n', 1])
})

test('a thread begun over Responses goes on over Chat', async () => {
  using world = new World(FILES)
  await using service = await startService([...TASK, responses.text('Over chat.')])
  const [started] = (await world.run(['exec', '--json', ...service.responses, 'Make a.txt say three'])).lines()
  const ended = await world.run(['exec', ...service.chat, 'resume', started?.thread_id ?? '', 'Go on'])
  expect([ended.code, ended.stdout, service.requests[4]?.path]).toEqual([0, 'Over chat.\n', '/v1/chat/completions'])
  expect(pairs(service.conversation(5))).toEqual([
    'call c1',
    'call c2',
    'output c1',
    'output c2',
    'call c3',
    'output c3',
    'call c4',
    'output c4',
  ])
  const once = ['Make a.txt say three', 'Done: a.txt says three.', 'Go on']
  expect(once.filter((text) => count(service.conversation(5), text) !== 1)).toEqual([])
})

test('an output schema goes to the model, and -o takes the answer as it is', async () => {
  using world = new World()
  const answer = '{"entry":"main.ts"}'
  await using service = await startService([responses.text(answer)])
  const schema = { type: 'object', properties: { entry: { type: 'string' } }, required: ['entry'], additionalProperties: false }
  world.write('schema.json', JSON.stringify(schema))
  const { code, stdout } = await world.run([
    'exec',
    ...service.responses,
    '--output-schema',
    'schema.json',
    '-o',
    'answer.json',
    'Name the entry point',
  ])
  expect([code, stdout, world.read('answer.json')]).toEqual([0, `${answer}\n`, answer])
  const body = service.requests[0]?.body as { text: { format: unknown } }
  expect(body.text.format).toEqual({ type: 'json_schema', strict: true, name: 'codex_output_schema', schema })
})

test('-o leaves its file alone when the turn fails', async () => {
  using world = new World({ 'answer.txt': 'before' })
  await using service = await startService([
    responses.fault({ kind: 'status', status: 400, body: { error: { message: 'no such thing' } } }),
  ])
  const { code, stdout, stderr } = await world.run(['exec', ...service.responses, '-o', 'answer.txt', 'Say something'])
  expect([code, stdout, world.read('answer.txt')]).toEqual([1, '', 'before'])
  expect(stderr).toContain('ERROR: ')
  expect(stderr).toContain('no such thing')
})

test('what git sees changed stands beside what patches changed', async () => {
  using world = new World(FILES)
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', world.repo, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
  git('init', '-q')
  git('add', '-A')
  git('commit', '-q', '-m', 'first')
  const both = responses.calls([{ name: 'exec_command', arguments: { cmd: 'echo more >> b.txt; echo new > c.txt' } }])
  await using service = await startService([both, responses.patch(PATCH), responses.text('Done.')])
  const { stderr } = await world.run(['exec', ...service.responses, 'Change things'])
  expect(stderr).toContain('working tree 2 files changed, 2 insertions(+), 1 deletion(-), 1 file untracked\n')
})

test('git asks about the tree without the key, and runs nothing the repository brings along', async () => {
  using world = new World(FILES)
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', world.repo, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
  git('init', '-q')
  git('add', '-A')
  git('commit', '-q', '-m', 'first')
  const spy = `env > '${world.root}/ran'; cat`
  git('config', 'core.fsmonitor', spy)
  git('config', 'filter.own.clean', spy)
  world.write('.git/info/attributes', '* filter=own\n')
  await using service = await startService([responses.patch(PATCH), responses.text('Done.')])
  const { stderr } = await world.run(['exec', ...service.responses, 'Change things'])
  expect(stderr).toContain('working tree 1 file changed, 1 insertion(+), 1 deletion(-)\n')
  expect(existsSync(`${world.root}/ran`)).toBe(false)
})

test('reasoning is left out where the configuration says so, and raw reasoning shown where it does', async () => {
  using world = new World()
  const thinking = responses.all(responses.reasoning('In short.', 'At length.'), responses.text('ok'))
  await using service = await startService([thinking, thinking])
  const hidden = await world.run(['exec', ...service.responses, '-c', 'hide_agent_reasoning=true', 'Hello'])
  const raw = await world.run(['exec', ...service.responses, '-c', 'show_raw_agent_reasoning=true', 'Hello'])
  expect([hidden.stderr.includes('In short.'), raw.stderr.includes('In short.\nAt length.')]).toEqual([false, true])
})

test('--thread-source is written into the thread', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  await world.run(['exec', ...service.responses, '--thread-source', 'nightly', 'Hello'])
  expect(world.records()[0]?.payload).toMatchObject({
    thread_source: 'nightly',
    originator: 'octavo_exec',
    source: 'exec',
    cli_version: '0.1.0',
  })
})

test('--ephemeral keeps nothing on disk (F85)', async () => {
  using world = new World()
  await using service = await startService([responses.text('Gone.')])
  const { code, stderr } = await world.run(['exec', '--ephemeral', ...service.responses, 'Say something'])
  expect([code, world.rollouts()]).toEqual([0, []])
  expect(stderr).not.toContain('go on with')
})

test('images are sent with the prompt', async () => {
  using world = new World()
  await using service = await startService([responses.text('A dot.')])
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  world.write('dot.png', dot)
  const { code } = await world.run(['exec', ...service.responses, '-i', 'dot.png', '--', 'What is it?'])
  expect(code).toBe(0)
  expect(count(service.conversation(1), `data:image/png;base64,${dot.toString('base64')}`)).toBe(1)
})

test('-C and --add-dir say where work is done, and -c wins over config.toml', async () => {
  using world = new World({ 'sub/here.txt': 'yes' })
  await using service = await startService([
    responses.calls([{ name: 'exec_command', arguments: { cmd: 'cat here.txt' } }]),
    responses.text('ok'),
  ])
  world.config('model_reasoning_effort = "low"\n')
  const { code } = await world.run([
    'exec',
    ...service.responses,
    '-c',
    'model_reasoning_effort="high"',
    '-C',
    'sub',
    '--add-dir',
    world.root,
    'Look',
  ])
  expect([code, count(service.conversation(2), 'Process exited with code 0')]).toEqual([0, 1])
  expect(service.requests[0]?.body).toMatchObject({ reasoning: { effort: 'high' } })
})

test('a key never reaches a command', async () => {
  using world = new World()
  await using service = await startService([responses.calls([{ name: 'exec_command', arguments: { cmd: 'env' } }]), responses.text('ok')])
  await world.run(['exec', ...service.responses, 'Look'], { env: { CODEX_API_KEY: 'sk-codex', MY_OWN: 'stays' } })
  const sent = JSON.stringify(service.conversation(2))
  expect([sent.includes('MY_OWN=stays'), sent.includes('sk-test'), sent.includes('sk-codex')]).toEqual([true, false, false])
})

test('AGENTS.md of the project is shown to the model', async () => {
  using world = new World({ 'AGENTS.md': 'Speak of tests as trials.' })
  await using service = await startService([responses.text('ok')])
  await world.run(['exec', ...service.responses, 'Hello'])
  expect(count(service.conversation(1), 'Speak of tests as trials.')).toBe(1)
})
