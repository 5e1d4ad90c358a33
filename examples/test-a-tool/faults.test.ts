import { abortAtEachCall, calls, createTestEngine, fault, rulesModel, says } from '@octavo/testing'
import type { Fault } from '@octavo/testing'
import { expect, test } from 'vitest'
import { greet } from './greet.ts'

const never = new AbortController().signal

async function run(
  faults: readonly Fault[],
  signal: AbortSignal = never,
): Promise<{ readonly made: readonly string[]; readonly again: string | null }> {
  const model = rulesModel([
    { when: 'Again', respond: says('Still here.') },
    { when: 'Greet', respond: calls('greet', { name: 'Ada' }), times: { min: 0 } },
    { when: { tool: 'greet' }, respond: says('Greeted.'), times: { min: 0 } },
  ])
  await using world = createTestEngine({ model, faults, tools: [greet] })
  const thread = await world.startThread()
  if (!signal.aborted) await thread.run('Greet Ada', { signal }) // the first calls stand before the turn
  const made = [...world.calls]
  return { made, again: (await thread.run('Again')).lastMessage }
}

test('a thread goes on after a full disk, and after an abort anywhere', async () => {
  expect((await run([fault.errno('store.flush', 'ENOSPC', { nth: 2 })])).again).toBe('Still here.')
  const dry = await run([])
  for (const { call, faults, signal } of abortAtEachCall(dry.made)) {
    expect((await run(faults, signal)).again, `aborted at ${call}`).toBe('Still here.')
  }
})
