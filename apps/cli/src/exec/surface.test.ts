import type { ThreadSnapshot, TurnResult } from 'octavo'
import { expect, test } from 'vitest'
import { createSurface } from './surface.ts'

// Ids and paths are brands; a test writes them as they look.
const as = <T>(value: unknown): T => value as T
const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
const snapshot = as<ThreadSnapshot>({ threadId: '0198-t', settings: { cwd: '/w' }, usage: { total: usage }, location: '/r\u001B[2J' })

class Outlet {
  text = ''
  readonly isTTY: boolean

  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.text += text
  }
}

const MESSAGE = 'done\u001B[2J\u0007\u009B1A'

async function finish(stdoutIsTerminal: boolean, result: Partial<TurnResult>, json = false): Promise<readonly [Outlet, Outlet]> {
  const [stdout, stderr] = [new Outlet(stdoutIsTerminal), new Outlet(false)]
  const options = { version: '1', hidesReasoning: false, git: async () => null }
  const surface = createSurface({ json, color: 'never' }, snapshot, options, { stdout, stderr })
  await surface.finish(as<TurnResult>(result), null)
  return [stdout, stderr]
}

test.each([
  [true, 'done\n'],
  [false, `${MESSAGE}\n`],
])('the final message on stdout, a terminal: %s', async (isTerminal, expected) => {
  const [stdout, stderr] = await finish(isTerminal, { status: 'completed', lastMessage: MESSAGE })
  expect([stdout.text, stderr.text.includes('rollout /r\n')]).toEqual([expected, true])
})

test('an error beside JSON lines cannot move the terminal', async () => {
  const [, stderr] = await finish(false, as({ status: 'failed', error: { message: MESSAGE } }), true)
  expect(stderr.text).toBe('octavo: done\n')
})
