import { MAX_INPUT_CHARACTERS } from '@octavo/protocol'
import type { Op, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

/** What somebody without types may send. */
const untyped = (op: unknown): Op => op as Op

function circle(): unknown {
  const item: Record<string, unknown> = { type: 'text', text: 'round' }
  item['again'] = item
  return item
}

async function refusalOf({ thread }: Watched, op: unknown): Promise<unknown> {
  const admission = await thread.submit(untyped(op)).admitted
  return admission.kind === 'refused' ? [admission.error.code, admission.error.message] : admission.kind
}

test.each([
  ['nothing', null, 'unknown_op', 'an op is an object with a type, got null'],
  ['a text', 'userInput', 'unknown_op', 'an op is an object with a type, got string'],
  ['a list', [], 'unknown_op', 'an op is an object with a type, got object'],
  ['no type', { items: [] }, 'unknown_op', 'an op is an object with a type, got object'],
  ['a name of the prototype', { type: 'constructor' }, 'unknown_op', 'there is no op "constructor"'],
  ['a type of tomorrow', { type: 'dance' }, 'unknown_op', 'there is no op "dance"'],
  ['no items', { type: 'userInput' }, 'invalid_op', 'userInput.items must be an array'],
  ['items that are no objects', { type: 'userInput', items: ['hello'] }, 'invalid_op', 'userInput.items[0] must be an object'],
  ['a text without one', { type: 'steer', items: [{ type: 'text' }] }, 'invalid_op', 'steer.items[0] has a text that is no string'],
  [
    'an input of no known type',
    { type: 'userInput', items: [{ type: 'song' }] },
    'invalid_op',
    'userInput.items[0] has the type "song"; known: text,',
  ],
  ['an image without one', { type: 'userInput', items: [{ type: 'image' }] }, 'invalid_op', 'items[0] has an imageUrl that is no string'],
  ['a file of no path', { type: 'userInput', items: [{ type: 'localImage' }] }, 'invalid_op', 'items[0] has a path that is no string'],
  ['a circle', { type: 'userInput', items: [circle()] }, 'invalid_op', 'userInput is nested too deeply, or in a circle'],
  [
    'metadata of numbers',
    { type: 'userInput', items: [], clientMetadata: { a: 1 } },
    'invalid_op',
    'clientMetadata must be an object of strings',
  ],
  ['a reason of its own', { type: 'interrupt', reason: 'bored' }, 'invalid_op', 'interrupt.reason must be one of interrupted,'],
  ['items for another time', { type: 'injectItems', items: [], when: 'later' }, 'invalid_op', 'injectItems.when must be one of noNewTurn,'],
  ['a review of a mood', { type: 'review', target: { type: 'mood' } }, 'invalid_op', 'review.target must be a target {type}'],
  ['a steer for no turn', { type: 'steer', items: [] }, 'invalid_op', 'steer.expectedTurnId must be a string'],
  ['settings that are none', { type: 'settings', settings: [] }, 'invalid_op', 'settings.settings must be an object'],
] as const)('an op that is %s is refused by name, and the loop lives on (F6)', async (_name, op, code, message) => {
  await using world = new World()
  const watched = await world.start()
  expect(await refusalOf(watched, op)).toEqual([code, expect.stringContaining(message)])
  expect((await world.finish((await watched.thread.run('hello')).done)).status).toBe('completed')
})

function noModels(): never {
  throw new Error('no list of models')
}

test('a provider that throws when it is asked for its model fails the turn by name, and everything else goes on', async () => {
  await using world = new World({ scripts: [says('one')] })
  const known = world.model.model
  world.model.model = noModels
  const watched = await world.start()
  expect(watched.thread.snapshot().usage.window).toBeNull()
  expect(await world.finish((await watched.thread.run('hello')).done)).toMatchObject({
    status: 'failed',
    error: { code: 'provider_failed', message: 'model provider fake could not say what model m is: no list of models' },
  })
  world.model.model = known
  expect((await world.finish((await watched.thread.run('again')).done)).status).toBe('completed')
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  world.model.model = noModels
  expect((await world.resume(watched.thread.id)).thread.snapshot().resumed).toBe(true)
})

test('items that history cannot hold are refused by their place, and leave nothing', async () => {
  await using world = new World()
  const watched = await world.start()
  const items = [
    { type: 'message', role: 'user', content: [] },
    { type: 'message', role: 'user', content: 'words' },
  ]
  expect(await refusalOf(watched, { type: 'injectItems', items })).toEqual([
    'invalid_item',
    'items[1] is no item of history: message: content cannot be read',
  ])
  expect(watched.records).toEqual([])
})

test('a text of 5 MB is refused with the most that is taken, as input and as a steer', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  const { id } = await watched.thread.run('go')
  await tick()
  const items = [{ type: 'text', text: 'x'.repeat(5_000_000) }] as const
  for (const op of [{ type: 'userInput', items } as const, { type: 'steer', items, expectedTurnId: id } as const]) {
    expect(await watched.thread.submit(op).admitted).toMatchObject({
      kind: 'refused',
      error: { code: 'input_too_large', data: { characters: 5_000_000, max_chars: MAX_INPUT_CHARACTERS } },
    })
  }
  tool.last.finish()
})

test('text that is no Unicode is made well formed once, for the model, the file and every client alike', async () => {
  await using world = new World()
  const watched = await world.start()
  await world.finish((await watched.thread.run('half a \uD83D pair')).done)
  const made = 'user: half a \uFFFD pair'
  expect(outline(world.model.requests[0]?.input ?? [])).toEqual([made])
  expect(watched.history[0]).toBe(made)
  expect(watched.of('item.started').map(({ item }) => item)).toMatchObject([
    { type: 'userMessage', content: [{ text: 'half a \uFFFD pair' }] },
    { type: 'agentMessage' },
  ])
})

test('an op on a thread that is not loaded any more is refused by the step that is missing: raw ops before a thread cannot be (F6)', async () => {
  await using world = new World()
  const watched = await world.start()
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  const admission = await watched.thread.submit({ type: 'steer', items: [], expectedTurnId: 'x' as TurnId }).admitted
  expect(admission).toMatchObject({ kind: 'refused', error: { code: 'closed' } })
  expect(admission.kind === 'refused' && admission.error.message).toContain('resume it')
})
