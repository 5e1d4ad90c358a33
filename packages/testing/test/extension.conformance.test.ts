import { stateKey } from '@octavo/extension-api'
import type { Extension } from '@octavo/extension-api'
import { calls, says } from '@octavo/testing'
import { EXTENSION_RULES, extensionConformance } from '@octavo/testing/conformance'
import { expect, test } from 'vitest'

const NOTES = stateKey('thread', 'notes', (): string[] => [])

const model = () => [calls('exec_command', { cmd: 'ls' }), says('done')]
const commands = { ls: { stdout: 'a\n', ms: 10 } }

/** A bit of everything, as it should be. */
const good: Extension = {
  id: 'good',
  contributes: {
    threadLifecycle: { started: async () => await Promise.resolve(), idle: () => {}, stopped: () => {} },
    turnLifecycle: { started: (_turn, { state }) => void state.get(NOTES).push('a turn'), stopped: async () => await Promise.resolve() },
    toolLifecycle: { started: () => {}, finished: async ({ callId }, _outcome, { state }) => void state.get(NOTES).push(callId) },
    context: { thread: async ({ clock, signal }) => (await clock.sleep(10, signal), [{ slot: 'developer', text: 'be kind' }]) },
    turnInput: { contribute: (_input, { state }) => state.get(NOTES) },
    preToolUse: { intercept: async ({ raw }, { clock, signal }) => (await clock.sleep(5, signal), { kind: 'rewrite', raw }) },
    effects: { beforeWrite: () => {} },
    postToolUse: { intercept: () => ({ kind: 'keep' }) },
    turnEnd: { wantsAnotherStep: () => [] },
  },
}

extensionConformance(good, { model, commands })

const leaked: string[] = []
const never = (): Promise<never> => new Promise(() => {})

/** Each breaks one rule. */
const FLAWS: readonly (readonly [flaw: string, extension: Extension, problem: RegExp])[] = [
  [
    'is computed',
    {
      id: 'bad',
      get contributes() {
        return {}
      },
    },
    /contributes is computed when it is read/,
  ],
  ['is not known', { id: 'bad', contributes: { tool: {} } as never }, /no engine takes it: extension bad contributes "tool"/],
  [
    'fails',
    { id: 'bad', contributes: { turnEnd: { wantsAnotherStep: () => undefined as never } } },
    /bad failed in turnEnd: it returned undefined/,
  ],
  ['hangs', { id: 'bad', contributes: { turnLifecycle: { stopped: never } } }, /turnLifecycle: it had not answered after 1000 ms/],
  ['does not stop', { id: 'bad', contributes: { turnInput: { contribute: never } } }, /turnInput\.contribute does not stop; watch/],
  [
    'sleeps on',
    {
      id: 'bad',
      contributes: {
        threadLifecycle: { started: (_host, { clock }) => void clock.sleep(Infinity, new AbortController().signal) },
      },
    },
    /it still sleeps on the clock after its thread has stopped/,
  ],
  [
    'shares',
    { id: 'bad', contributes: { turnInput: { contribute: () => [`${leaked.push('x')} threads`] } } },
    /a second thread is told what the first one left/,
  ],
]

test.each(FLAWS)('an extension that %s is found', async (_flaw, extension, problem) => {
  const rules = EXTENSION_RULES.map((rule) => rule.problems(extension, { model, commands }))
  // One that no engine takes fails the others by an error.
  const found = (await Promise.allSettled(rules)).flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  expect(found.join('\n')).toMatch(problem)
})
