import type { Extension } from '@octavo/extension-api'
import { calls, createTestEngine, says } from '@octavo/testing'
import { expect, test } from 'vitest'

const LINE = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch\nEOF"

/** Writes down what passes, and denies patches. */
function guard(log: string[], denies: boolean): Extension {
  return {
    id: 'guard',
    contributes: {
      preToolUse: {
        intercept: ({ tool }) => {
          log.push(`before ${tool.name}`)
          return denies && tool.name === 'apply_patch' ? { kind: 'deny', message: 'no patches today' } : { kind: 'allow' }
        },
      },
      toolLifecycle: { finished: ({ tool }, { kind }) => void log.push(`finished ${tool.name} ${kind}`) },
      postToolUse: {
        intercept: ({ tool }) => {
          log.push(`after ${tool.name}`)
          return { kind: 'keep' }
        },
      },
    },
  }
}

test.each([
  [false, { 'a.txt': 'a\n' }, ['before exec_command', 'before apply_patch', 'finished exec_command ok', 'after apply_patch']],
  [true, {}, ['before exec_command', 'before apply_patch', 'finished exec_command declined', 'after apply_patch']],
])(
  'a patch inside a shell line passes those who guard the command and those who guard patches (denied: %s)',
  async (denies, files, expected) => {
    const log: string[] = []
    await using world = createTestEngine({ model: [calls('exec_command', { cmd: LINE }), says('end')], extensions: [guard(log, denies)] })
    const thread = await world.startThread()
    await thread.run('go')
    expect(log).toEqual(expected)
    expect(Object.keys(await world.workspace.texts())).toEqual(Object.keys(files))
  },
)
