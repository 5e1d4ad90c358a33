import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { createTestWorkspace, ManualClock } from '@octavo/testing'
import { workspaceConformance } from '@octavo/testing/conformance'
import type { WorkspaceCommands } from '@octavo/testing/conformance'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { createMemoryWorkspace } from '@octavo/workspace/memory'

const commands: WorkspaceCommands = { speaks: ['speaks'], echoes: ['echoes'], waits: ['waits'], tells: ['tells'], where: ['where'] }

workspaceConformance({
  name: 'the workspace of the test kit',
  commands,
  open: () => {
    const world = createTestWorkspace({
      clock: new ManualClock({ autoAdvance: true }),
      commands: {
        speaks: { stdout: 'out\n', stderr: 'err\n', code: 3 },
        echoes: { echoes: true },
        waits: { ms: Infinity },
        tells: ({ env }) => ({ stdout: env.get('OCTAVO_TEST') ?? '' }),
        where: ({ cwd }) => ({ stdout: cwd }),
      },
    })
    return { workspace: world.at(world.cwd), [Symbol.asyncDispose]: async () => {} }
  },
})

workspaceConformance({
  name: 'the workspace in memory without commands',
  commands: null,
  open: () => ({ workspace: createMemoryWorkspace(AbsolutePath.from('/repo')), [Symbol.asyncDispose]: async () => {} }),
})

workspaceConformance({
  name: 'the workspace of this machine',
  open: async () => {
    const cwd = AbsolutePath.from(await realpath(await mkdtemp(join(tmpdir(), 'octavo-workspace-'))))
    const workspace = createLocalWorkspace({
      cwd,
      sandbox: createUnavailableSandbox('these tests need none'),
      environment: new Map([['PATH', '/usr/local/bin:/usr/bin:/bin']]),
      strip: [],
    })
    return {
      workspace,
      async [Symbol.asyncDispose]() {
        await workspace[Symbol.asyncDispose]()
        await rm(cwd, { recursive: true, force: true })
      },
    }
  },
})
