import type { Scope } from '@octavo/base'
import { says, scriptedModel } from '@octavo/testing/scripted-model'
import { expect, test } from 'vitest'
import { createOctavo } from './create-octavo.ts'
import { embedded } from './embedded/preset.ts'
import type { Preset } from './preset.ts'

function told(preset: Preset, messages: readonly string[]): Preset {
  return {
    ...preset,
    compose: async (scope) => ({ ...(await preset.compose(scope)), notices: messages.map((message) => ({ code: 'test', message })) }),
  }
}

test('what was noticed at start is a warning of each thread, after it is configured', async () => {
  await using octavo = await createOctavo(told(embedded({ model: scriptedModel([]) }), ['first', 'second']))
  const thread = await octavo.startThread()
  const { epoch } = thread.snapshot().cursor
  const seen: string[] = []
  for await (const delivery of thread.events({ after: { epoch, seq: 0 } })) {
    if ('type' in delivery) continue
    seen.push(delivery.event.type === 'warning' ? delivery.event.message : delivery.event.type)
    if (seen.length === 3) break
  }
  expect(seen).toEqual(['thread.configured', 'first', 'second'])
})

test('a preset that fails leaves nothing behind', async () => {
  const released: string[] = []
  const failing: Preset = {
    name: 'failing',
    compose: async (scope: Scope) => {
      scope.defer(() => void released.push('released'))
      throw new Error('no such machine')
    },
  }
  await expect(createOctavo(failing)).rejects.toThrow('no such machine')
  expect(released).toEqual(['released'])
})

test('disposing ends the threads first, then what the preset acquired', async () => {
  const order: string[] = []
  const base = embedded({
    model: scriptedModel([]),
    extensions: [{ id: 'watch', contributes: { threadLifecycle: { stopped: () => void order.push('thread') } } }],
  })
  const octavo = await createOctavo({
    ...base,
    compose: async (scope) => {
      scope.defer(() => void order.push('preset'))
      return await base.compose(scope)
    },
  })
  await octavo.startThread()
  await octavo[Symbol.asyncDispose]()
  expect(order).toEqual(['thread', 'preset'])
})

test('a thread is found by any spelling of its id, as the latest, and with what it began with', async () => {
  await using octavo = await createOctavo(embedded({ model: scriptedModel([says('one')]) }))
  const { id } = await (async () => {
    await using thread = await octavo.startThread()
    await (
      await thread.run('Hello')
    ).done
    return thread
  })()
  expect(await octavo.threads.find(`{${id.toUpperCase()}}`)).toBe(id)
  expect((await octavo.threads.latest())?.id).toBe(id)
  expect(await octavo.threads.meta(id)).toMatchObject({ id, model_provider: 'scripted' })
  await expect(octavo.threads.find('nobody')).rejects.toMatchObject({ code: 'not_found' })
  await using again = await octavo.resumeThread(id)
  expect(again.id).toBe(id)
})
