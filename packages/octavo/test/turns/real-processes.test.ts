import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, systemClock } from '@octavo/base'
import { createUnavailableSandbox } from '@octavo/sandbox'
import {
  brokenInvariants,
  calls,
  callsAll,
  createTestEngine,
  formatTranscript,
  maskTranscript,
  patches,
  responds,
  says,
  scriptedModel,
} from '@octavo/testing'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, test } from 'vitest'
import { systemIds } from '../../src/ids.ts'

/** One task on the files and processes of this machine, written down and masked. */
async function run(): Promise<{
  readonly text: string
  readonly problems: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
}> {
  const dir = AbsolutePath.from(await realpath(await mkdtemp(join(tmpdir(), 'octavo-turn-'))))
  try {
    await writeFile(join(dir, 'greeting.txt'), 'hello\n')
    // A login shell reads what it finds at home; here that is nothing.
    const environment = new Map([
      ['PATH', '/usr/local/bin:/usr/bin:/bin'],
      ['HOME', dir],
    ])
    await using local = createLocalWorkspace({ cwd: dir, sandbox: createUnavailableSandbox('not wanted here'), environment, strip: [] })
    await using world = createTestEngine({
      cwd: dir,
      clock: systemClock,
      ids: systemIds(),
      settings: { permissions: { type: 'disabled' } },
      ports: { workspace: () => local },
      model: scriptedModel([
        responds(says('Looking.'), calls('exec_command', { cmd: 'cat greeting.txt; exit 3' })),
        patches('*** Begin Patch\n*** Update File: greeting.txt\n@@\n-hello\n+goodbye\n*** End Patch'),
        callsAll([['exec_command', { cmd: 'cat greeting.txt', workdir: dir }]]),
        says('Done.'),
      ]),
    })
    const thread = await world.startThread()
    await thread.run('Say goodbye')
    const transcript = await thread.transcript()
    return {
      text: maskTranscript(formatTranscript(transcript), { replace: { [dir]: '<cwd>' } }),
      problems: brokenInvariants(transcript),
      outputs: await thread.outputs(),
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

test('a turn over real files and processes is the same twice, times and ids masked (R62)', async () => {
  const [first, second] = [await run(), await run()]
  expect(first.text).toBe(second.text)
  expect(first.problems).toEqual([])
  expect(first.outputs['call_1']).toMatch(/Process exited with code 3\n(?:.*\n)*Output:\nhello\n$/)
  expect(first.outputs['call_3']).toMatch(/Output:\ngoodbye\n$/)
})
