import { createTestEngine, raw, says } from '@octavo/testing'
import { expect, test } from 'vitest'

test('an image the provider made is shown, kept, and sent again with the next request', async () => {
  const image = { type: 'image_generation_call', id: 'ig_1', status: 'completed', revised_prompt: 'a cat', result: 'AAAA' } as const
  await using world = createTestEngine({
    model: [
      raw([
        { type: 'item.done', index: 0, item: image },
        { type: 'completed', responseId: 'r', usage: null, endTurn: null },
      ]),
      says('There.'),
    ],
  })
  await using thread = await world.startThread()
  await thread.run('Draw a cat')
  await thread.run('Again?')
  const shown = (await thread.events()).flatMap(({ event }) =>
    event.type === 'item.completed' && event.item.type === 'imageGeneration' ? [event.item] : [],
  )
  expect(shown).toEqual([{ type: 'imageGeneration', id: 'ig_1', status: 'completed', revisedPrompt: 'a cat', result: 'AAAA' }])
  expect(world.model.requests[1]?.input.find(({ type }) => type === 'image_generation_call')).toMatchObject(image)
})

test('an image in the input reaches the model as it is', async () => {
  const url = 'data:image/png;base64,AAAA'
  await using world = createTestEngine({ model: [says('A dot.')] })
  await using thread = await world.startThread()
  await thread.run([
    { type: 'text', text: 'What is this?' },
    { type: 'image', imageUrl: url },
  ])
  const said = world.model.requests[0]?.input.at(-1)
  expect(said?.type === 'message' ? said.content.at(-1) : null).toEqual({ type: 'input_image', image_url: url, detail: 'high' })
})
