import { responses } from '@octavo/testing/http'
import { Codex, type ThreadEvent, type ThreadOptions } from '@openai/codex-sdk'
import { expect, test } from 'vitest'
import { type Service, startService } from './harness/service.ts'
import { LAUNCHER, World } from './harness/world.ts'

/** The published SDK with an almost empty environment: no PATH, no key but the one it is given. */
function client(world: World, service: Service): { readonly codex: Codex; readonly options: ThreadOptions } {
  const codex = new Codex({
    codexPathOverride: LAUNCHER,
    baseUrl: service.server.url,
    apiKey: 'sk-sdk',
    env: { HOME: world.home, OCTAVO_HOME: world.octavoHome },
    config: { some_key: { 'nobody knows': [1, 'x'] } },
  })
  return {
    codex,
    options: {
      model: 'gpt-5.1-codex',
      sandboxMode: 'danger-full-access',
      workingDirectory: world.repo,
      skipGitRepoCheck: true,
      approvalPolicy: 'never',
      modelReasoningEffort: 'low',
    },
  }
}

test('run, and run again on the same thread, and resume it by id (R61)', async () => {
  using world = new World()
  await using service = await startService([responses.text('one'), responses.text('two'), responses.text('three')])
  const { codex, options } = client(world, service)
  const thread = codex.startThread(options)
  const first = await thread.run('First')
  expect(first.finalResponse).toBe('one')
  expect(first.usage?.input_tokens).toBeGreaterThan(0)
  expect((await thread.run('Second')).finalResponse).toBe('two')
  const id = thread.id ?? ''
  const resumed = codex.resumeThread(id, options)
  expect((await resumed.run('Third')).finalResponse).toBe('three')
  expect(resumed.id).toBe(id)
  const sent = JSON.stringify(service.conversation(3))
  const once = ['First', 'one', 'Second', 'two', 'Third']
  expect(once.filter((text) => sent.split(`"${text}"`).length !== 2)).toEqual([])
  expect(service.requests[0]?.headers).toMatchObject({ authorization: 'Bearer sk-sdk', originator: 'codex_sdk_ts' })
})

test('runStreamed yields events while the turn runs', async () => {
  using world = new World({ 'a.txt': 'content' })
  await using service = await startService([
    responses.calls([{ name: 'exec_command', arguments: { cmd: 'cat a.txt' } }]),
    responses.text('read'),
  ])
  const { codex, options } = client(world, service)
  const { events } = await codex.startThread(options).runStreamed('Read it')
  const seen: ThreadEvent[] = []
  for await (const event of events) seen.push(event)
  expect(seen.map((event) => ('item' in event ? `${event.type} ${event.item.type}` : event.type))).toEqual([
    'thread.started',
    'item.completed error', // the key nobody knows
    'turn.started',
    'item.started command_execution',
    'item.completed command_execution',
    'item.completed agent_message',
    'turn.completed',
  ])
})

test('images and an output schema', async () => {
  using world = new World()
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  world.write('dot.png', dot)
  await using service = await startService([responses.text('{"seen":true}')])
  const { codex, options } = client(world, service)
  const schema = { type: 'object', properties: { seen: { type: 'boolean' } }, required: ['seen'], additionalProperties: false }
  const turn = await codex.startThread(options).run(
    [
      { type: 'text', text: 'What is' },
      { type: 'text', text: 'in it?' },
      { type: 'local_image', path: world.path('dot.png') },
    ],
    { outputSchema: schema },
  )
  expect(JSON.parse(turn.finalResponse)).toEqual({ seen: true })
  expect(service.requests[0]?.body).toMatchObject({ text: { format: { type: 'json_schema', name: 'codex_output_schema', schema } } })
  const sent = JSON.stringify(service.conversation(1))
  expect([sent.includes(dot.toString('base64')), sent.includes('What is\\n\\nin it?')]).toEqual([true, true])
})

test('a failed turn throws its message', async () => {
  using world = new World()
  await using service = await startService([
    responses.fault({ kind: 'status', status: 400, body: { error: { message: 'not like this' } } }),
  ])
  const { codex, options } = client(world, service)
  await expect(codex.startThread(options).run('Hello')).rejects.toThrow('not like this')
})

test('an abort ends the turn, which is recorded as interrupted', async () => {
  using world = new World()
  await using service = await startService([responses.fault({ kind: 'stall', afterEvents: 1 }, responses.text('never'))])
  const { codex, options } = client(world, service)
  const abort = new AbortController()
  const { events } = await codex.startThread(options).runStreamed('Hello', { signal: abort.signal })
  await expect(
    (async () => {
      for await (const event of events) if (event.type === 'turn.started') abort.abort()
    })(),
  ).rejects.toThrow(/abort/i)
  const ending = (): unknown => world.records().findLast(({ type }) => type === 'event_msg')?.payload['type']
  await expect.poll(ending, { timeout: 3000 }).toBe('turn_aborted')
})
