import { createTestEngine, cutsAfter, fails, paced, says, stalls } from '@octavo/testing'
import { expect, test } from 'vitest'

test('a bad connection is borne', async () => {
  await using world = createTestEngine({
    model: [
      fails('rate_limited', { status: 429, retryAfterMs: 7000 }),
      cutsAfter(says('I was about to'), 'middle'),
      stalls(says('Now I fall silent')),
      paced(says('Here it is.'), { firstMs: 800, eventMs: 20 }),
    ],
  })
  const thread = await world.startThread()
  expect(await thread.run('Go')).toMatchObject({ status: 'completed', lastMessage: 'Here it is.' })
})
