import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, systemClock } from '@octavo/base'
import type { ResponseItem } from '@octavo/protocol'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { brokenInvariants, createTestEngine, says } from '@octavo/testing'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, test } from 'vitest'
import { systemIds } from '../../src/ids.ts'

/** A thread on the processes of this machine that may not write anything, in a directory of its own. */
async function inDirectory(
  model: Parameters<typeof createTestEngine>[0]['model'],
  work: (dir: AbsolutePath, world: ReturnType<typeof createTestEngine>) => Promise<void>,
): Promise<void> {
  const dir = AbsolutePath.from(await realpath(await mkdtemp(join(tmpdir(), 'octavo-shell-'))))
  try {
    const environment = new Map([
      ['PATH', '/usr/local/bin:/usr/bin:/bin'],
      ['HOME', dir],
      ['PROVIDER_KEY', 'sesame'],
    ])
    const sandbox = createUnavailableSandbox('not wanted here')
    await using local = createLocalWorkspace({ cwd: dir, sandbox, environment, strip: ['PROVIDER_KEY'] })
    await using world = createTestEngine({
      cwd: dir,
      clock: systemClock,
      ids: systemIds(),
      ports: { workspace: () => local },
      model,
    })
    await work(dir, world)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** On Linux one that is dead and not yet collected counts as gone. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

function said(history: readonly ResponseItem[]): readonly string[] {
  return history.flatMap((item) =>
    item.type === 'message' && item.role === 'user'
      ? item.content.flatMap((part) => ('text' in part && part.text.startsWith('<user_shell_command>') ? [part.text] : []))
      : [],
  )
}

test('a command of the user runs for real: outside the sandbox, in the directory, without the key, and the model sees what it printed', async () => {
  await inDirectory([says('seen')], async (dir, world) => {
    const thread = await world.startThread()
    const command = 'pwd > note.txt; echo "out ${PROVIDER_KEY:-none}"; echo err >&2; exit 3'
    const ended = new Promise((resolve) => thread.thread.on('turn.completed', resolve))
    await thread.thread.submit({ type: 'userShell', command }).admitted
    await ended
    expect(await readFile(join(dir, 'note.txt'), 'utf8')).toBe(`${dir}\n`)
    await thread.run('what did it say')
    const [message] = said(world.model.requests[0]?.input ?? [])
    expect(message?.replace(/Duration: \d+\.\d{4} seconds/, 'Duration: some time')).toBe(
      `<user_shell_command>\n<command>\n${command}\n</command>\n<result>\nExit code: 3\nDuration: some time\nOutput:\nout none\nerr\n\n</result>\n</user_shell_command>`,
    )
    expect(brokenInvariants(await thread.transcript())).toEqual([])
  })
})

test('an interrupt ends the whole tree of a command of the user', async () => {
  await inDirectory([], async (_dir, world) => {
    const thread = await world.startThread()
    const printed = new Promise<string>((resolve) => {
      thread.thread.on('item.delta', ({ delta }) => resolve(delta))
    })
    const ended = new Promise((resolve) => thread.thread.on('turn.completed', ({ turn }) => resolve(turn.status)))
    await thread.thread.submit({ type: 'userShell', command: 'sleep 300 & echo $!; wait' }).admitted
    const pid = Number(await printed)
    expect(isRunning(pid)).toBe(true)
    await thread.thread.submit({ type: 'interrupt' }).admitted
    expect(await ended).toBe('interrupted')
    expect(isRunning(pid)).toBe(false)
    expect(said(await thread.history())[0]).toContain('Exit code: -1\nDuration: ')
  })
})
