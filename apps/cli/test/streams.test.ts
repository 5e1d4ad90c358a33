import { type HttpAnswer, responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { type JsonLine, World } from './harness/world.ts'

/** Counts how often it ran in a file, so that a second run would show. */
const COUNTED = responses.calls([{ name: 'exec_command', arguments: { cmd: 'echo ran >> count.txt' }, callId: 'c1' }])
/** Waiting between attempts is bounded by a provider's own words, so that these tests are quick. */
const SOON = { 'retry-after-ms': '1' }

function retries(lines: readonly JsonLine[]): number {
  return lines.filter(({ type, message }) => type === 'error' && /\d+\/\d+/.test(message ?? '')).length
}

const whole = responses.text('All is well.')
const fault = responses.fault

test.each<[string, HttpAnswer]>([
  ['hangs up without an answer', fault({ kind: 'refuse' })],
  ['is overloaded', responses.with(fault({ kind: 'status', status: 503, headers: SOON }), {})],
  ['ends the stream before it is complete', fault({ kind: 'end', afterEvents: 3 }, responses.text('A long text that is cut'))],
  ['cuts the connection in the middle of an item', fault({ kind: 'cut', afterEvents: 4 }, responses.text('A long text that is cut'))],
  ['sends garbage', fault({ kind: 'garbage', text: '<html>not for you</html>', contentType: 'text/html' })],
])('a server that %s is asked again, and says so', async (_name, first) => {
  using world = new World()
  await using service = await startService([first, whole])
  const ended = await world.run(['exec', '--json', ...service.responses, 'Hello'])
  ended.endedWith(0)
  expect([service.requests.length, retries(ended.lines())]).toEqual([2, 1])
  expect(ended.lines().flatMap(({ item }) => (item?.type === 'agent_message' ? [item['text']] : []))).toEqual(['All is well.'])
})

test('a stream that breaks after a call has begun does not run it twice', async () => {
  using world = new World()
  const cut = fault({ kind: 'end', afterEvents: 11 }, responses.all(COUNTED, responses.text('A text that is cut in the middle of it')))
  await using service = await startService([cut, whole])
  const ended = await world.run(['exec', '--json', ...service.responses, 'Hello'])
  ended.endedWith(0)
  expect(world.read('count.txt')).toBe('ran\n')
  const sent = JSON.stringify(service.conversation(2))
  expect([sent.split('"call_id":"c1"').length - 1, sent.includes('A text that is cut')]).toEqual([2, false])
})

test('a server that stalls is given up on, and asked again', async () => {
  using world = new World()
  await using service = await startService([fault({ kind: 'stall', afterEvents: 2 }, whole), whole])
  const idle = ['-c', `model_providers.responses.stream_idle_timeout_ms=100`]
  const ended = await world.run(['exec', '--json', ...service.responses, ...idle, 'Hello'])
  ended.endedWith(0)
  expect(retries(ended.lines())).toBe(1)
})

test('when every attempt fails the turn fails, and the thread can be resumed', async () => {
  using world = new World()
  const down = fault({ kind: 'status', status: 500, headers: SOON })
  await using service = await startService([down, down, whole])
  const once = ['-c', 'model_providers.responses.request_max_retries=1', '-c', 'model_providers.responses.stream_max_retries=1']
  const ended = await world.run(['exec', '--json', ...service.responses, ...once, 'Hello'])
  expect([ended.code, ended.lines().at(-1)?.type, service.requests.length]).toEqual([1, 'turn.failed', 2])
  const again = await world.run(['exec', ...service.responses, 'resume', ended.lines()[0]?.thread_id ?? '', 'Again'])
  expect([again.code, again.stdout]).toEqual([0, 'All is well.\n'])
})

test('a wrong key fails at once, naming where it came from', async () => {
  using world = new World()
  await using service = await startService([fault({ kind: 'status', status: 401, body: { error: { message: 'bad key' } } })])
  const ended = await world.run(['exec', ...service.responses, 'Hello'])
  expect([ended.code, service.requests.length]).toEqual([1, 1])
  expect(ended.stderr).toContain('OPENAI_API_KEY')
  expect(ended.stderr).not.toContain('sk-test')
})

test.each([
  ['arguments that are no JSON', { name: 'exec_command', arguments: '{"cmd": ' }, /failed to parse function arguments/],
  ['a tool that is not there', { name: 'teleport', arguments: {} }, /unsupported call: teleport/],
])('%s are answered in words, and the model goes on', async (_name, call, answer) => {
  using world = new World()
  await using service = await startService([responses.calls([call]), whole])
  const ended = await world.run(['exec', ...service.responses, 'Hello'])
  expect(ended.code).toBe(0)
  expect(JSON.stringify(service.conversation(2).at(-1))).toMatch(answer)
})

test('a command that floods 100 MB is shown by its ends and costs no memory for the rest', async () => {
  using world = new World()
  const cmd = 'head -c 100000000 /dev/zero | tr "\\\\0" "x"; echo END'
  await using service = await startService([responses.calls([{ name: 'exec_command', arguments: { cmd, yield_time_ms: 30_000 } }]), whole])
  const ended = await world.run(['exec', '--json', ...service.responses, 'Hello'])
  ended.endedWith(0)
  const output = JSON.stringify(service.conversation(2).at(-1))
  expect([output.length < 100_000, output.includes('END')]).toEqual([true, true])
  const item = ended.lines().findLast(({ item: each }) => each?.type === 'command_execution')?.item
  expect(String(item?.['aggregated_output']).length).toBeLessThan(1_100_000)
})
