import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { type Ended, World } from './harness/world.ts'

/** A start that failed as it should: one line on stderr, nothing on stdout, and sooner than any retry would take on a busy machine. */
function refusal(ended: Ended): string {
  ended.endedWith(1)
  const [line = '', ...more] = ended.stderr.trimEnd().split('\n')
  expect({ stdout: ended.stdout, more, isQuick: ended.tookMs < 4000 }).toEqual({ stdout: '', more: [], isQuick: true })
  expect(line).toMatch(/^octavo: /)
  return line.slice('octavo: '.length)
}

const PROMPT = ['exec', '-s', 'danger-full-access', 'Do it']

test('no key: the variable and the fix are named, within a second, without a request', async () => {
  using world = new World()
  const runs: Ended[] = []
  // The quickest of three, since the first one after a build also reads the program from the disk.
  for (let run = 0; run < 3; run += 1) runs.push(await world.run(PROMPT, { env: { OPENAI_API_KEY: undefined } }))
  for (const message of runs.map(refusal)) {
    expect(message).toContain('no API key')
    expect(message).toContain('OPENAI_API_KEY')
  }
  expect(Math.min(...runs.map(({ tookMs }) => tookMs))).toBeLessThan(1000)
})

test('an auth.json with a ChatGPT login only gets its own line', async () => {
  using world = new World()
  writeFileSync(join(world.octavoHome, 'auth.json'), JSON.stringify({ auth_mode: 'chatgpt', tokens: { id_token: 'x' } }))
  expect(refusal(await world.run(PROMPT, { env: { OPENAI_API_KEY: undefined } }))).toContain('ChatGPT login')
})

test('an API key in auth.json is used', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  writeFileSync(join(world.octavoHome, 'auth.json'), JSON.stringify({ OPENAI_API_KEY: 'sk-file' }))
  const args = ['exec', '-s', 'danger-full-access', '-m', 'x', '-c', `openai_base_url="${service.server.url}"`, 'Hello']
  const { code } = await world.run(args, { env: { OPENAI_API_KEY: undefined } })
  expect([code, service.requests[0]?.headers['authorization']]).toEqual([0, 'Bearer sk-file'])
})

test('an unknown provider: the known ones are named', async () => {
  using world = new World()
  const message = refusal(await world.run([...PROMPT, '-c', 'model_provider="nope"']))
  expect(message).toMatch(/"nope".*openai/)
})

test('a foreign base URL needs a model, named with -m (R24)', async () => {
  using world = new World()
  expect(refusal(await world.run([...PROMPT, '-c', 'openai_base_url="http://127.0.0.1:9/v1"']))).toMatch(/no model given.*-m /)
})

test('broken TOML: file, line and column', async () => {
  using world = new World()
  world.config('model = "a"\nmodel_provider = \n')
  expect(refusal(await world.run(PROMPT))).toMatch(new RegExp(`^${world.octavoHome}/config\\.toml:2:\\d+: `))
})

test('an unknown key of config.toml is a warning with the nearest known one, and with --json an error item', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok'), responses.text('ok')])
  world.config('sandbox_modes = "read-only"\n')
  const human = await world.run(['exec', ...service.responses, 'Hello'])
  expect(human.stderr).toMatch(/warning: .*config\.toml:1.*sandbox_modes.*sandbox_mode/)
  const json = await world.run(['exec', '--json', ...service.responses, 'Hello'])
  expect(json.lines().flatMap(({ item }) => (item?.type === 'error' ? [item['message']] : []))).toEqual([
    expect.stringContaining('sandbox_modes'),
  ])
})

test('a model the catalogue does not know is told once, with the window that is assumed (R24)', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  const { code, stderr } = await world.run(['exec', ...service.responses, '-m', 'some-model', 'Hello'])
  expect([code, stderr.split('some-model is not in the catalogue').length - 1, stderr.includes('model_context_window')]).toEqual([
    0,
    1,
    true,
  ])
})

test('no working sandbox and nothing that allows it: stops before the first request with the ways out (R39)', async () => {
  using world = new World()
  await using service = await startService([responses.text('never')])
  const args = service.responses.slice(2)
  const message = refusal(await world.run(['exec', ...args, 'Hello'], { env: { OCTAVO_SANDBOX: 'none' } }))
  expect(message).toMatch(/no working sandbox: OCTAVO_SANDBOX=none.*-s danger-full-access/)
  expect([service.requests.length, world.rollouts()]).toEqual([0, []])
})

test('--yolo allows what -s danger-full-access allows', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  const { code } = await world.run(['exec', '--yolo', ...service.responses.slice(2), 'Hello'], { env: { OCTAVO_SANDBOX: 'none' } })
  expect(code).toBe(0)
})

test('a home that cannot be written: the path is named, and --ephemeral (F82)', async () => {
  using world = new World()
  await using service = await startService([responses.text('never')])
  writeFileSync(join(world.root, 'file'), '')
  const ended = await world.run(['exec', ...service.responses, 'Hello'], { env: { OCTAVO_HOME: join(world.root, 'file/home') } })
  expect(ended.code).toBe(1)
  expect(ended.stdout).toBe('')
  expect(ended.stderr).toContain(join(world.root, 'file'))
  expect(ended.stderr).toContain('--ephemeral')
  expect(service.requests.length).toBe(0)
})

test('outside a repository: the check and its flag are named', async () => {
  using world = new World()
  const ended = await world.run(PROMPT, { cwd: world.root })
  expect(refusal(ended)).toBe('Not inside a trusted directory and --skip-git-repo-check was not specified.')
})

test('resume of a thread that names no model, where nobody else does, asks for -m', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok'), responses.text('again')])
  const [started] = (await world.run(['exec', '--json', ...service.responses, 'Hello'])).lines()
  const [rollout = ''] = world.rollouts()
  writeFileSync(rollout, `${readFileSync(rollout, 'utf8').split('\n')[0]}\n`)
  const nameless = service.responses.filter((word, index, all) => word !== '-m' && all[index - 1] !== '-m')
  const id = started?.thread_id ?? ''
  expect(refusal(await world.run(['exec', ...nameless, 'resume', id, 'Hello']))).toBe(`thread ${id} names no model; name one with -m`)
  expect((await world.run(['exec', ...service.responses, 'resume', id, 'Hello'])).stdout).toBe('again\n')
})

test('resume of an unknown id creates nothing (F81)', async () => {
  using world = new World()
  const id = '0198c0de-0000-7000-8000-000000000001'
  expect(refusal(await world.run([...PROMPT.slice(0, 3), 'resume', id, 'Hello']))).toContain(id)
  expect(refusal(await world.run([...PROMPT.slice(0, 3), 'resume', 'some name', 'Hello']))).toContain('some name')
  expect(world.rollouts()).toEqual([])
})

test('resume --last with nothing names the directory and --all (F81)', async () => {
  using world = new World()
  const message = refusal(await world.run([...PROMPT.slice(0, 3), 'resume', '--last', 'Hello']))
  expect(message).toContain(world.repo)
  expect(message).toContain('--all')
})

test('a rollout that cannot be read is named, and nothing is created', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  const [started] = (await world.run(['exec', '--json', ...service.responses, 'Hello'])).lines()
  const [rollout = ''] = world.rollouts()
  writeFileSync(rollout, 'not a record\n')
  const message = refusal(await world.run(['exec', ...service.responses, 'resume', started?.thread_id ?? '', 'Hello']))
  expect(message).toContain(rollout)
  expect(world.rollouts()).toEqual([rollout])
})

test.each([
  [['exec', '--nope', 'x'], 'unknown option --nope', 'usage: octavo exec'],
  [['exec', '-s', 'wild', 'x'], 'takes read-only', 'usage: octavo exec'],
  [['nope'], 'no command is called "nope"', 'usage: octavo <command>'],
  [['fix the bug'], 'octavo exec "fix the bug"', 'usage: octavo <command>'],
  [['constructor'], 'no command is called "constructor"', 'usage: octavo <command>'],
  [['help', 'constructor'], 'no command is called "constructor"', 'usage: octavo <command>'],
  [['help', 'exce'], 'no command is called "exce"', 'usage: octavo <command>'],
  [['demo', 'x'], 'unexpected argument "x"', 'usage: octavo demo'],
])('wrong arguments %o exit with 2 and a usage line', async (args, message, usage) => {
  using world = new World()
  const ended = await world.run(args)
  ended.endedWith(2)
  expect(ended.stdout).toBe('')
  expect(ended.stderr).toContain(message)
  expect(ended.stderr).toContain(usage)
})

test('a schema file that is no JSON, and an image that is missing, are named', async () => {
  using world = new World({ 'schema.json': '{' })
  expect(refusal(await world.run([...PROMPT, '--output-schema', 'schema.json']))).toContain(
    'Output schema file schema.json is not valid JSON',
  )
  expect(refusal(await world.run([...PROMPT, '-i', 'none.png']))).toContain(world.path('none.png'))
})

test('the context window ends the turn in words, and the thread can be resumed', async () => {
  using world = new World()
  const full = { error: { code: 'context_length_exceeded', message: 'too long', type: 'invalid_request_error' } }
  await using service = await startService([responses.fault({ kind: 'status', status: 400, body: full }), responses.text('shorter')])
  const ended = await world.run(['exec', '--json', ...service.responses, 'Hello'])
  expect([ended.code, ended.lines().at(-1)?.type]).toEqual([1, 'turn.failed'])
  expect(ended.lines().at(-1)?.error?.message).toMatch(/too long.*resume the thread/)
  const again = await world.run(['exec', ...service.responses, 'resume', ended.lines()[0]?.thread_id ?? '', 'Shorter'])
  expect([again.code, again.stdout]).toEqual([0, 'shorter\n'])
})
