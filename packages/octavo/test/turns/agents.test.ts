import type { JsonValue } from '@octavo/base'
import { calls, createTestEngine, fails, rulesModel, says } from '@octavo/testing'
import type { Rule, TestEngine, TestThread } from '@octavo/testing'
import { multiAgent } from '@octavo/tools'
import type { MultiAgentOptions } from '@octavo/tools'
import { expect, test } from 'vitest'

const NAMESPACE = { namespace: 'multi_agent_v1' }

/** A call of one of the tools for agents. */
function asks(name: string, input: JsonValue, callId: string): Rule['respond'] {
  return calls(name, input, { ...NAMESPACE, callId })
}

function isAgent(text: string): boolean {
  return text.includes('part:')
}

/** Calls a tool with input that is not known before its moment. */
function later(name: string, input: () => JsonValue, callId: string): () => ReturnType<typeof calls> {
  return () => calls(name, input(), { ...NAMESPACE, callId })
}

/** Two models in one: what the parent says, and what each agent does with what it was told. */
function family(
  parent: readonly Rule['respond'][],
  agents: readonly Rule[],
  options: MultiAgentOptions = { exposure: 'direct' },
): TestEngine {
  const rules: Rule[] = [
    ...agents,
    { name: 'parent', when: ({ input }) => !isAgent(JSON.stringify(input[2] ?? '')), respond: parent as never },
  ]
  return createTestEngine({ model: rulesModel(rules), extensions: [multiAgent(options)] })
}

function agent(part: string, respond: Rule['respond']): Rule {
  return { name: part, when: ({ input }) => JSON.stringify(input[2] ?? '').includes(`part: ${part}`), respond }
}

async function outputs(thread: TestThread): Promise<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(await thread.outputs()).map(([id, text]) => [id, text.startsWith('{') ? (JSON.parse(text) as unknown) : text]),
  )
}

test('an agent is started, waited for, told more and closed', async () => {
  let id = ''
  await using world = family(
    [
      asks('spawn_agent', { message: 'part: count', agent_type: 'explorer' }, 'spawn'),
      ((request: { input: readonly { type: string; output?: unknown }[] }) => {
        const output = request.input.find(({ type }) => type === 'function_call_output')?.output
        id = (JSON.parse(String(output)) as { agent_id: string }).agent_id
        return calls('wait_agent', { targets: [id] }, { ...NAMESPACE, callId: 'wait' })
      }) as never,
      later('send_input', () => ({ target: id, message: 'and again' }), 'send'),
      later('wait_agent', () => ({ targets: [id], timeout_ms: 60_000 }), 'wait again'),
      later('list_agents', () => ({}), 'list'),
      later('close_agent', () => ({ target: id }), 'close'),
      later('send_input', () => ({ target: id, message: 'once more' }), 'late'),
      says('three and four'),
    ] as never,
    [agent('count', [says('three'), says('four')])],
  )
  await using thread = await world.startThread()
  expect(await thread.run('How many?')).toMatchObject({ status: 'completed', lastMessage: 'three and four' })
  expect(await outputs(thread)).toEqual({
    spawn: { agent_id: id, nickname: 'Alder' },
    wait: { status: { [id]: { completed: 'three' } }, timed_out: false },
    send: { submission_id: expect.any(String) },
    'wait again': { status: { [id]: { completed: 'four' } }, timed_out: false },
    list: { agents: [{ agent_id: id, nickname: 'Alder', agent_type: 'explorer', status: { completed: 'four' } }] },
    close: { previous_status: { completed: 'four' } },
    late: `agent with id ${id} not found; list_agents shows those there are`,
  })
  const items = (await thread.events()).flatMap(({ event }) =>
    event.type === 'item.completed' && event.item.type === 'agentCall' ? [event.item] : [],
  )
  expect(items.map(({ tool, status, receiverThreadIds }) => [tool, status, receiverThreadIds])).toEqual([
    ['spawnAgent', 'completed', [id]],
    ['waitAgent', 'completed', [id]],
    ['sendInput', 'completed', [id]],
    ['waitAgent', 'completed', [id]],
    ['listAgents', 'completed', [id]],
    ['closeAgent', 'completed', [id]],
    ['sendInput', 'failed', [id]],
  ])
  expect(items[0]).toMatchObject({ senderThreadId: thread.id, prompt: 'part: count', states: { [id]: { kind: 'running' } } })
  // Whoever waited has heard: no message comes beside it.
  expect(JSON.stringify(await thread.history())).not.toContain('<subagent_notification>')
})

test('an agent that finishes tells its parent’s model, and wakes it', async () => {
  await using world = family(
    [asks('spawn_agent', { message: 'part: look' }, 'spawn'), says('it looks'), says('it has found something')],
    [agent('look', says('found'))],
  )
  await using thread = await world.startThread()
  await thread.run('Look around')
  const ends = async (): Promise<(string | null)[]> =>
    (await thread.events()).flatMap(({ event }) => (event.type === 'turn.completed' ? [event.lastMessage] : []))
  while ((await ends()).length < 2) await new Promise<void>((resolve) => setImmediate(resolve))
  expect(await ends()).toEqual(['it looks', 'it has found something'])
  expect(JSON.stringify(world.model.requests.at(-1)?.input)).toContain('\\"completed\\":\\"found\\"')
})

test('an agent’s failure is its status, and is waited for like any other end', async () => {
  await using world = family(
    [
      asks('spawn_agent', { message: 'part: break' }, 'spawn'),
      (({ input }: { input: readonly unknown[] }) => {
        const id = /\\"agent_id\\":\\"([^\\]+)/.exec(JSON.stringify(input))?.[1] ?? ''
        return calls('wait_agent', { targets: [id, 'nobody'] }, { ...NAMESPACE, callId: 'wait' })
      }) as never,
      says('it broke'),
    ],
    [agent('break', fails('invalid_request'))],
  )
  await using thread = await world.startThread()
  await thread.run('Try')
  const { wait } = await outputs(thread)
  expect(wait).toMatchObject({ status: { nobody: 'not_found' }, timed_out: false })
})

test.each<[string, JsonValue, string]>([
  ['spawn_agent', {}, 'Provide one of: message or items'],
  ['spawn_agent', { message: 'a', items: [] }, 'Provide either message or items, but not both'],
  ['spawn_agent', { message: ' ' }, "Empty message can't be sent to an agent"],
  ['spawn_agent', { message: 'a', agent_type: 'king' }, "unknown agent_type 'king'; there are default, explorer, worker"],
  [
    'spawn_agent',
    { message: 'a', agent_type: 'worker', fork_context: true },
    'Full-history forked agents inherit the parent agent type; leave out agent_type, or spawn without fork_context',
  ],
  ['wait_agent', { targets: [] }, 'agent ids must be non-empty'],
  ['wait_agent', { targets: ['a'], timeout_ms: 0 }, 'timeout_ms must be greater than zero'],
  ['send_input', { target: 'a', items: [] }, "Items can't be empty"],
  ['send_input', { target: 'a', items: [{ type: 'sound' }] }, 'unknown variant `sound`, expected one of `text`, `image`'],
])('%s %j is refused in words the model can use (F46)', async (name, input, message) => {
  await using world = family([asks(name, input, 'c'), says('so it is')], [])
  await using thread = await world.startThread()
  await thread.run('Go')
  expect((await thread.outputs())['c']).toContain(message)
})

test('agents are offered to roots only, and by default are found rather than shown', async () => {
  await using world = family([asks('spawn_agent', { message: 'part: look' }, 'spawn'), says('done')], [agent('look', says('found'))], {
    wake: false,
  })
  await using thread = await world.startThread()
  await thread.run('Go')
  const named = world.model.requests.map(({ tools }) => tools.map(({ name }) => name))
  expect(named[0]).toContain('tool_search')
  expect(named.flat()).not.toContain('multi_agent_v1')
  await using direct = family([says('done')], [])
  await using other = await direct.startThread()
  await other.run('Go')
  expect(direct.model.requests[0]?.tools.map(({ name }) => name)).toContain('multi_agent_v1')
})
