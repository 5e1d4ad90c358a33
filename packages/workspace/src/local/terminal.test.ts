import { expect, test } from 'vitest'
import { isRunning, makeWorkspace, readOn, readText, readUntil, start } from '../../test/local.ts'

const tty = { columns: 101, rows: 37 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a command on a terminal finds one of the size asked for', async () => {
  const workspace = makeWorkspace()
  expect(workspace.processes.hasTty).toBe(true)
  await using process = await start(workspace, 'test -t 0 && test -t 1 && test -t 2; stty size; echo $TERM; exit 7', {
    tty,
    env: new Map([['TERM', 'dumb']]),
  })
  expect(await readText(process)).toBe('37 101\r\ndumb\r\n')
  expect(await process.exit).toEqual({ code: 7, signal: null, denial: null })
})

test('what is written is typed, and ^C interrupts what is in the foreground', async () => {
  await using process = await start(makeWorkspace(), 'trap "echo heard" INT; echo ready; read line; echo "got $line"; read more', { tty })
  await readOn(process, 'ready')
  await process.write(bytes('hello\r'))
  await readOn(process, 'got hello')
  await process.interrupt()
  await process.write(bytes('\x04'))
  expect((await process.exit).signal).toBeNull()
})

test('all output of a command that ends arrives', async () => {
  await using process = await start(makeWorkspace(), 'seq 1 100000', { tty })
  const text = await readText(process)
  expect(text.endsWith('99999\r\n100000\r\n')).toBe(true)
  expect(text.length).toBe(688_895)
})

test('a command killed on a terminal says by which signal, and leaves nobody', async () => {
  await using process = await start(makeWorkspace(), 'trap "" HUP; setsid sleep 1000 & echo $!; wait', { tty })
  const pid = Number((await readUntil(process, '\r\n')).trim())
  await process.end({ graceMs: 0 })
  expect((await process.exit).signal).toBe('SIGKILL')
  expect(isRunning(pid)).toBe(false)
})

test('a missing program is told as with pipes', async () => {
  const workspace = makeWorkspace()
  await expect(start(workspace, '', { tty, argv: ['no-such-program'] })).rejects.toMatchObject({
    code: 'spawn_failed',
    message: 'cannot start no-such-program: there is no such program',
  })
})
