import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Deferred } from '@octavo/base'
import type { Contributors, Extension } from '@octavo/extension-api'
import type { EventType } from '@octavo/protocol'
import { calls, createTestEngine, responds, says } from '@octavo/testing'
import { expect, test } from 'vitest'

/** Contributes every kind of the page, and writes down when it is called. */
function everyKind(id: string, log: string[]): Extension {
  const note =
    <T>(what: string, value: T) =>
    (): T => {
      log.push(id === 'first' ? what : `${what} (${id})`)
      return value
    }
  const nothing = (what: string): (() => undefined) => note(what, undefined)
  const contributes: Partial<Contributors> = {
    threadLifecycle: {
      started: nothing('threadLifecycle.started'),
      resumed: nothing('threadLifecycle.resumed'),
      idle: nothing('threadLifecycle.idle'),
      stopped: nothing('threadLifecycle.stopped'),
    },
    turnLifecycle: { started: nothing('turnLifecycle.started'), stopped: nothing('turnLifecycle.stopped') },
    toolLifecycle: { started: nothing('toolLifecycle.started'), finished: nothing('toolLifecycle.finished') },
    tokenUsage: { used: nothing('tokenUsage') },
    skillInvocation: { invoked: nothing('skillInvocation') },
    settings: { changed: nothing('settings') },
    context: { thread: note('context.thread', []), turn: note('context.turn', []) },
    worldState: [{ id: `state-of-${id}`, slot: 'user', capture: note('worldState', null), render: () => null }],
    turnInput: { contribute: note('turnInput', []) },
    tools: { tools: note('tools', []) },
    config: { settings: note('config', {}) },
    turnItems: {
      rewrites: false,
      item: (item) => {
        log.push(id === 'first' ? 'turnItems' : `turnItems (${id})`)
        return item
      },
    },
    preToolUse: { intercept: note('preToolUse', { kind: 'ask', reason: 'always' }) },
    approval: { review: note('approval', 'abstain') },
    effects: { beforeWrite: nothing('effects') },
    postToolUse: { intercept: note('postToolUse', { kind: 'keep' }) },
    turnEnd: { wantsAnotherStep: note('turnEnd', []) },
  }
  return { id, contributes }
}

const EVENTS: readonly EventType[] = [
  'thread.configured',
  'turn.started',
  'request.opened',
  'turn.usage',
  'turn.completed',
  'thread.closed',
]

/** A thread of one turn: a message with a call, then the answer. */
async function logOf(...ids: readonly string[]): Promise<string[]> {
  const log: string[] = []
  const rested = new Deferred<null>()
  const resting: Extension = { id: 'resting', contributes: { threadLifecycle: { idle: () => rested.resolve(null) } } }
  await using world = createTestEngine({
    model: [responds(says('I look.'), calls('exec_command', { cmd: 'ls' })), says('One file.')],
    commands: { ls: { stdout: 'a\n', ms: 10 } },
    approvers: [
      {
        id: 'user',
        presence: 'live',
        review: async () => {
          log.push('the user')
          return { kind: 'approved' }
        },
      },
    ],
    extensions: [...ids.map((id) => everyKind(id, log)), resting],
  })
  const { thread } = await world.startThread()
  for (const type of EVENTS) thread.on(type, () => void log.push(`event ${type}`))
  const input = [{ type: 'text', text: 'look' } as const, { type: 'skill', name: 'looking', path: '/looking' } as const]
  const turn = await thread.run(input, { settings: { effort: 'high' } })
  await turn.done
  await rested.promise
  await thread[Symbol.asyncDispose]()
  return log
}

test('contributors are called in the order that the page for authors gives (F102)', async () => {
  const page = await readFile(fileURLToPath(new URL('../../../../docs/extensions.md', import.meta.url)), 'utf8')
  const block = /```text order\n([^]*?)```/.exec(page)?.[1] ?? ''
  const documented = block
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')
  expect(await logOf('first')).toEqual(documented)
})

test('two extensions are called in the order they were registered, at each place', async () => {
  const single = await logOf('first')
  const both = await logOf('first', 'second')
  expect(both.filter((line) => !line.endsWith('(second)'))).toEqual(single)
  const kinds = single.filter((line) => !line.startsWith('event') && line !== 'the user')
  expect(both.filter((line) => line.endsWith('(second)'))).toEqual(kinds.map((line) => `${line} (second)`))
  const early = both.filter((line, at) => line.endsWith('(second)') && !both.slice(0, at).includes(line.replace(' (second)', '')))
  expect(early).toEqual([])
})
