import { calls, cassetteModel, createTestEngine, formatCassette, readCassette, recordCassette, says, scriptedModel } from '@octavo/testing'
import type { TestEngineOptions } from '@octavo/testing'
import { expect, test } from 'vitest'
import { greet } from './greet.ts'

async function greeting(options: TestEngineOptions): Promise<string | null> {
  await using world = createTestEngine({ ...options, tools: [greet] })
  return (await (await world.startThread()).run('Greet Ada')).lastMessage
}

test('what a provider said once is said again without it', async () => {
  // Stands for a real provider, such as one of `@octavo/openai`.
  const provider = scriptedModel([calls('greet', { name: 'Ada' }), says('Greeted.')])
  const recorder = recordCassette(provider, { redact: { values: { API_KEY: 'the key of this test' } } })
  await greeting({ model: provider, ports: { providers: [recorder.provider] } })
  const text = formatCassette(recorder.cassette()) // keep it in a file of your own

  const model = cassetteModel(readCassette(text))
  expect(await greeting({ model, script: 'strict' })).toBe('Greeted.')
})
