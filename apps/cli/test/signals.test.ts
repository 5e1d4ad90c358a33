import { readdirSync, readFileSync } from 'node:fs'
import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { type Service, startService } from './harness/service.ts'
import { type Running, World } from './harness/world.ts'

/** Commands of this machine whose command line holds the text, this test's own aside. */
function processesWith(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
      } catch {
        return false // it has just ended
      }
    })
}

let counter = 0
/** A sleep nobody else sleeps, so that it is found again. */
function uniqueSleep(): string {
  counter += 1
  return `sleep ${1000 + counter}.${process.pid}`
}

interface Turn {
  readonly world: World
  readonly service: Service
  readonly running: Running
  readonly sleep: string
}

/** A turn in the middle of a command: ignoring SIGTERM, with a grandchild that left its group. */
async function midTurn(args: readonly string[], use: (turn: Turn) => Promise<void>): Promise<void> {
  using world = new World()
  const sleep = uniqueSleep()
  const cmd = `trap '' TERM INT; setsid ${sleep} & echo STARTED; ${sleep}; ${sleep}`
  await using service = await startService([responses.calls([{ name: 'exec_command', arguments: { cmd, yield_time_ms: 30_000 } }])])
  const running = world.start(['exec', ...args, ...service.responses, 'Wait'])
  await expect.poll(() => processesWith(sleep).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3)
  await use({ world, service, running, sleep })
}

function lastTurnEvent(world: World): unknown {
  return world
    .records()
    .findLast(({ type, payload }) => type === 'event_msg' && /^(?:task_complete|turn_aborted|turn_complete)/.test(String(payload['type'])))
    ?.payload['type']
}

test.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)(
  '%s interrupts the turn, records it, ends every process, and the program dies by it (R55)',
  async (signal) => {
    await midTurn(['--json'], async ({ world, running, sleep }) => {
      const at = performance.now()
      running.child.kill(signal)
      const ended = await running.ended
      expect({ signal: ended.signal, isQuick: performance.now() - at < 2500, left: processesWith(sleep) }).toEqual({
        signal,
        isQuick: true,
        left: [],
      })
      expect(ended.lines().filter(({ type }) => type === 'turn.completed' || type === 'turn.failed')).toEqual([])
      expect(lastTurnEvent(world)).toBe('turn_aborted')
    })
  },
)

test('a second signal ends it at once', async () => {
  await midTurn([], async ({ running }) => {
    running.child.kill('SIGINT')
    await running.says('interrupted') // the turn is over; its command still has its second
    const at = performance.now()
    running.child.kill('SIGINT')
    expect((await running.ended).signal).toBe('SIGINT')
    expect(performance.now() - at).toBeLessThan(500)
  })
})

test('a signal while stdin is waited for ends it at once, and nothing is created', async () => {
  using world = new World()
  const running = world.start(['exec', '-s', 'danger-full-access'], { stdin: { open: true } })
  await running.says('Reading prompt from stdin...')
  running.child.kill('SIGTERM')
  const { signal, stdout, tookMs } = await running.ended
  expect({ signal, stdout, isQuick: tookMs < 1500, rollouts: world.rollouts() }).toEqual({
    signal: 'SIGTERM',
    stdout: '',
    isQuick: true,
    rollouts: [],
  })
})

test('stdout closed early: the turn is interrupted and recorded, nothing is left running, exit code 141', async () => {
  using world = new World()
  const sleep = uniqueSleep()
  const closed = Promise.withResolvers<void>()
  await using service = await startService(async ({ number }) => {
    if (number === 1) return responses.calls([{ name: 'exec_command', arguments: { cmd: `${sleep} & echo READY`, yield_time_ms: 250 } }])
    await closed.promise
    return responses.calls([{ name: 'exec_command', arguments: { cmd: sleep, yield_time_ms: 30_000 } }])
  })
  const running = world.start(['exec', '--json', ...service.responses, '-'], { stdin: 'Wait' })
  await running.says('READY')
  running.child.stdout.destroy()
  closed.resolve()
  const { code, stderr } = await running.ended
  expect({ code, stderr, left: processesWith(sleep) }).toEqual({ code: 141, stderr: '', left: [] })
  expect(lastTurnEvent(world)).toBe('turn_aborted')
})

test('when nobody reads the progress any more the turn ends as well', async () => {
  using world = new World()
  const closed = Promise.withResolvers<void>()
  await using service = await startService(async ({ number }) => {
    if (number === 2) await closed.promise
    return responses.calls([{ name: 'exec_command', arguments: { cmd: 'echo READY' } }])
  })
  const running = world.start(['exec', ...service.responses, 'Wait'])
  await running.says('READY\n')
  running.child.stdout.destroy()
  running.child.stderr.destroy()
  closed.resolve()
  expect((await running.ended).code).toBe(141)
  expect(lastTurnEvent(world)).toBe('turn_aborted')
})

test('an interrupted thread is resumed with a note that it was', async () => {
  await midTurn(['--json'], async ({ world, running }) => {
    running.child.kill('SIGTERM')
    const id = (await running.ended).lines()[0]?.thread_id ?? ''
    await using service = await startService([responses.text('Going on.')])
    const again = await world.run(['exec', ...service.responses, 'resume', id, 'Go on'])
    again.endedWith(0)
    expect(again.stdout).toBe('Going on.\n')
    expect(JSON.stringify(service.conversation(1)).split('<turn_aborted>').length - 1).toBe(1)
  })
})

test('a command that outlives its time is ended with what it started, and the model is told', async () => {
  using world = new World()
  const sleep = uniqueSleep()
  const command = `trap '' TERM; setsid ${sleep} & ${sleep}`
  await using service = await startService([
    responses.calls([{ name: 'shell_command', arguments: { command, timeout_ms: 300 } }]),
    responses.text('Too long.'),
  ])
  const { code } = await world.run(['exec', ...service.responses, 'Wait'])
  expect({ code, left: processesWith(sleep) }).toEqual({ code: 0, left: [] })
  expect(JSON.stringify(service.conversation(2).at(-1))).toMatch(/timed out after \d+ milliseconds/)
})

test('two resumes of one thread at once: the second names the holder; after kill -9 of the first the next opens', async () => {
  await midTurn(['--json'], async ({ world, running }) => {
    await running.says('thread.started')
    const id = String(world.records()[0]?.payload['id'])
    await using service = await startService([responses.text('Mine.')])
    const second = await world.run(['exec', ...service.responses, 'resume', id, 'Me too'])
    expect([second.code, service.requests.length]).toEqual([1, 0])
    expect(second.stderr).toMatch(new RegExp(`octavo: .*${id}.*${String(running.child.pid)}`))
    running.child.kill('SIGKILL')
    await running.ended
    const third = await world.run(['exec', ...service.responses, 'resume', id, 'Now'])
    third.endedWith(0)
    expect(third.stdout).toBe('Mine.\n')
  })
})
