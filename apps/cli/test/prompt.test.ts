import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { World } from './harness/world.ts'

test('piped text is the prompt, in UTF-16 too', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok'), responses.text('ok')])
  const first = await world.run(['exec', ...service.responses], { stdin: 'Say héllo\n' })
  expect([first.code, first.stderr.startsWith('Reading prompt from stdin...\n')]).toEqual([0, true])
  expect(JSON.stringify(service.conversation(1))).toContain('Say héllo')
  const utf16 = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('Größe', 'utf16le')])
  await world.run(['exec', ...service.responses, '-'], { stdin: utf16 })
  expect(JSON.stringify(service.conversation(2))).toContain('Größe')
})

test('piped text is added to an argument', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  await world.run(['exec', ...service.responses, 'Review this'], { stdin: '+ line' })
  expect(JSON.stringify(service.conversation(1))).toContain(JSON.stringify('Review this\n\n<stdin>\n+ line\n</stdin>').slice(1, -1))
})

test('a prompt that is missing or blank is told, and nothing is created', async () => {
  using world = new World()
  const { code, stderr } = await world.run(['exec', '-s', 'danger-full-access'], { stdin: ' \n' })
  expect([code, stderr]).toEqual([
    1,
    'Reading prompt from stdin...\noctavo: no prompt on stdin: it was empty; write the prompt as an argument, or pipe it in\n',
  ])
  expect(world.rollouts()).toEqual([])
})

test('bytes that are no text are refused with the way to convert them', async () => {
  using world = new World()
  const { code, stderr } = await world.run(['exec', '-s', 'danger-full-access'], { stdin: Buffer.from([0x68, 0xe9, 0x68]) })
  expect([code, stderr.includes('iconv')]).toEqual([1, true])
})

test('a pipe that is left open: after two seconds it says what it waits for', async () => {
  using world = new World()
  await using service = await startService([responses.text('ok')])
  const running = world.start(['exec', ...service.responses, 'Hello'], { stdin: { open: true } })
  await running.says('waiting for the end of stdin')
  expect(service.requests.length).toBe(0)
  running.child.stdin.end()
  expect((await running.ended).code).toBe(0)
})

test('resume with a prompt leaves stdin alone', async () => {
  using world = new World()
  await using service = await startService([responses.text('one'), responses.text('two')])
  const [started] = (await world.run(['exec', '--json', ...service.responses, 'Hello'])).lines()
  const running = world.start(['exec', ...service.responses, 'resume', started?.thread_id ?? '', 'Again'], { stdin: { open: true } })
  const { code, stdout } = await running.ended
  expect([code, stdout]).toEqual([0, 'two\n'])
})
