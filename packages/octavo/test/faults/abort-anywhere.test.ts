import {
  brokenInvariants,
  callsAll,
  createTestEngine,
  createTestWorkspace,
  fault,
  ManualClock,
  outlineHistory,
  patches,
  responds,
  says,
  scriptedModel,
  withFaults,
} from '@octavo/testing'
import type { Fault } from '@octavo/testing'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { expect, test } from 'vitest'

type Port = 'model' | 'store' | 'workspace'

interface Outcome {
  /** Calls through the port until the first turn had ended. */
  readonly calls: readonly string[]
  readonly first: string
  readonly second: string
  readonly problems: readonly string[]
  readonly outline: readonly string[]
}

/** One turn that is cut at some call through one port, then a second one on the same thread. */
async function run(broken: Port, faults: readonly Fault[], controller: AbortController): Promise<Outcome> {
  const clock = new ManualClock({ autoAdvance: true })
  const files = createTestWorkspace({
    clock,
    files: { 'a.txt': 'one\n' },
    commands: { make: { stdout: 'ok\n', ms: 300 }, lint: { ms: 50 } },
  })
  const model = withFaults(
    scriptedModel(({ input }, index) => {
      if (index > 0) return says(`answer ${input.length}`)
      return responds(
        says('Working.'),
        callsAll([
          ['exec_command', { cmd: 'make' }],
          ['exec_command', { cmd: 'lint' }],
        ]),
        patches('*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch'),
      )
    }),
    broken === 'model' ? faults : [],
  )
  const store = withFaults(createMemoryStore({ clock }), broken === 'store' ? faults : [])
  const workspace = withFaults(files, broken === 'workspace' ? faults : [])
  await using world = createTestEngine({
    clock,
    model: model.port,
    store: store.port,
    ports: { workspace: (cwd) => workspace.port.at(cwd) },
  })
  const thread = await world.startThread()
  const first = await thread.run('Begin', { signal: controller.signal })
  const calls = [...{ model, store, workspace }[broken].calls]
  const second = await thread.run('Go on')
  await thread[Symbol.asyncDispose]()
  return {
    calls,
    first: first.status,
    second: second.status,
    problems: brokenInvariants(await thread.transcript()),
    outline: outlineHistory(await thread.history()),
  }
}

test.each<Port>(['model', 'store', 'workspace'])('a turn cut at any call through the %s leaves a thread that goes on', async (port) => {
  const dry = await run(port, [], new AbortController())
  expect(dry).toMatchObject({ first: 'completed', second: 'completed', problems: [] })
  const cut: string[] = []
  for (let nth = 1; nth <= dry.calls.length; nth += 1) {
    const controller = new AbortController()
    const outcome = await run(port, [fault.abort('*', controller, { nth })], controller)
    expect(outcome, `cut at call ${nth} (${dry.calls[nth - 1]})`).toMatchObject({ second: 'completed', problems: [] })
    expect(outcome.outline.at(-1)).toBe('assistant')
    cut.push(outcome.first)
  }
  // The first and the last calls stand before and after the turn; those between do cut it.
  expect(cut).toContain('interrupted')
})
