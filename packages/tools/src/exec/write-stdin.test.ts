import { CancelledError, OctavoError } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { bytes, CONFINED, situation, type TerminalScript } from '../../test/command-fakes.ts'
import { writeStdinTool } from './index.ts'
import type { WriteStdinInput } from './spec.ts'

function input(given: Record<string, unknown> = {}): WriteStdinInput {
  const parsed = writeStdinTool.spec.input.parse(JSON.stringify({ session_id: 1000, ...given }))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

async function run(
  given: Record<string, unknown>,
  terminal: TerminalScript,
  ms: number,
): Promise<ReturnType<typeof situation> & { content: unknown }> {
  const made = situation({ terminal })
  const running = writeStdinTool.execute(input(given), made.context)
  await made.clock.advance(ms)
  return { ...made, content: (await running).output.content }
}

describe('the plan of write_stdin', () => {
  it('sending input touches the terminal, by what that was allowed', async () => {
    const { planContext } = situation({ terminal: { tty: true, grant: { ...CONFINED, escalated: true } } })
    expect(await writeStdinTool.plan(input({ chars: 'y\n' }), planContext)).toMatchObject({
      kind: 'run',
      item: null,
      onDenied: 'report',
      effects: [{ kind: 'terminal', id: '1000', escalated: true }],
    })
  })

  it.each([{}, { chars: '' }, { chars: '\u0003' }])('%j touches nothing', async (given) => {
    expect(await writeStdinTool.plan(input(given), situation({}).planContext)).toMatchObject({ kind: 'run', effects: [] })
  })

  it.each([
    [{ session_id: 424_242 }, 'write_stdin failed: Unknown process id 424242'],
    [{ chars: 'x' }, 'write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open'],
    [{ chars: '\u0003x' }, 'write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open'],
  ])('%j is answered at once', async (given, content) => {
    expect(await writeStdinTool.plan(input(given), situation({}).planContext)).toEqual({
      kind: 'answer',
      output: { content, success: false },
    })
  })
})

describe('running write_stdin', () => {
  it('waits, and tells only what is new', async () => {
    const { content, told, terminals } = await run({}, { looks: [{ head: bytes('more') }] }, 5000)
    expect(content).toBe(
      'Chunk ID: 000001\nWall time: 5.0000 seconds\nProcess running with session ID 1000\nOriginal token count: 1\nOutput:\nmore',
    )
    expect(told).toEqual([])
    expect(terminals.log).toEqual(['collect from 0 until 5000'])
  })

  it.each([
    [{}, 5000],
    [{ yield_time_ms: 100 }, 5000],
    [{ yield_time_ms: 60_000 }, 60_000],
    [{ yield_time_ms: 1e12 }, 300_000],
  ])('a look %j waits %i ms', async (given, waits) => {
    expect((await run(given, {}, waits)).terminals.log).toEqual([`collect from 0 until ${waits}`])
  })

  it.each([
    [{}, 250],
    [{ yield_time_ms: 0 }, 250],
    [{ yield_time_ms: 2000 }, 2000],
    [{ yield_time_ms: 60_000 }, 30_000],
  ])('input %j waits %i ms, collecting after a tenth of a second', async (given, waits) => {
    const { terminals, told } = await run({ chars: 'y\n', ...given }, { tty: true }, waits)
    expect(terminals.log).toEqual(['write "y\\n" at 0', `collect from 100 until ${waits}`])
    expect(told).toEqual(['input 1000 "y\\n"'])
  })

  it('a look ends early with the process, and tells its code', async () => {
    const { content } = await run({}, { exitsAt: 1200, exit: { code: 7, signal: null, denial: null } }, 1200)
    expect(content).toContain('Wall time: 1.2000 seconds\nProcess exited with code 7\n')
  })

  it('what a process left behind is told with its code after it has ended', async () => {
    const { content, terminals, told } = await run({ chars: 'late' }, { tty: true, exitsAt: 0, looks: [{ head: bytes('bye') }] }, 100)
    expect(content).toMatch(/Process exited with code 0\n[^]*bye$/)
    expect(terminals.log).toEqual(['collect from 100 until 250'])
    expect(told).toEqual([])
  })

  it('^C alone interrupts where there is no terminal, and is typed where there is one', async () => {
    expect((await run({ chars: '\u0003' }, {}, 250)).terminals.log[0]).toBe('interrupt')
    expect((await run({ chars: '\u0003' }, { tty: true }, 250)).terminals.log[0]).toBe('write "\\u0003" at 0')
  })

  it('a program that does not read holds up the call only until its deadline', async () => {
    const { content, terminals } = await run({ chars: 'x'.repeat(100_000) }, { tty: true, writeMs: 60_000 }, 250)
    expect(content).toContain('Process running with session ID 1000')
    expect(terminals.log).toEqual(['collect from 250 until 250'])
  })

  it('a failed write is told, unless the process ended under it', async () => {
    const writeFails = new OctavoError('io', 'the terminal was closed')
    const made = situation({ terminal: { tty: true, writeFails } })
    await expect(writeStdinTool.execute(input({ chars: 'x' }), made.context)).rejects.toThrow('write_stdin failed: the terminal was closed')
    const { content } = await run({ chars: 'x' }, { tty: true, writeFails, writeMs: 10, exitsAt: 5 }, 250)
    expect(content).toContain('Process exited with code 0')
  })

  it('an unknown terminal and closed input are refused here too', async () => {
    await expect(writeStdinTool.execute(input({ session_id: 7 }), situation({}).context)).rejects.toThrow(
      'write_stdin failed: Unknown process id 7',
    )
    await expect(writeStdinTool.execute(input({ chars: 'x' }), situation({}).context)).rejects.toThrow(
      /^write_stdin failed: stdin is closed/,
    )
  })

  it('an interrupt of the turn ends the waiting', async () => {
    const made = situation({ terminal: { tty: true } })
    const running = writeStdinTool.execute(input({ chars: 'x' }), made.context)
    await made.clock.advance(50)
    made.abort.abort(new CancelledError('interrupted'))
    await expect(running).rejects.toBeInstanceOf(CancelledError)
  })
})
