import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOctavo } from '../src/index.ts'
import { localPreset, readLocalConfig } from '../src/local.ts'
import { outlineHistory, says, scriptedModel, withUsage } from '@octavo/testing'
import { ZERO_USAGE } from '@octavo/protocol'
import { expect, onTestFinished, test } from 'vitest'

test('the configuration says when history is shortened and with which words, and the file on disk resumes from there (F76, R47)', async () => {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'compaction-')))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const [home, cwd] = [join(place, 'home'), join(place, 'work')]
  for (const directory of [home, cwd]) mkdirSync(directory)
  writeFileSync(join(home, 'words.md'), 'Sum it up.\n')
  const environment = { OCTAVO_HOME: home, HOME: place, PATH: '/usr/bin:/bin' }
  const overrides = [
    'model_auto_compact_token_limit=5000',
    `experimental_compact_prompt_file="${join(home, 'words.md')}"`,
    'sandbox_mode="danger-full-access"',
  ]
  const config = await readLocalConfig({ cwd, environment, overrides })
  const long = withUsage(says('One.'), { ...ZERO_USAGE, inputTokens: 5_000, totalTokens: 5_000 })
  const model = scriptedModel([long, says('In short.'), says('Two.'), says('Three.')])
  const preset = localPreset({ config, environment, providers: [model] })
  let id: string
  let location: string
  {
    await using octavo = await createOctavo(preset)
    const thread = await octavo.startThread()
    id = thread.id
    for (const said of ['first', 'second']) await (await thread.run(said)).done
    location = thread.snapshot().location ?? ''
  }
  expect(model.requests[1]).toMatchObject({ instructions: 'Sum it up.', tools: [] })
  expect(readFileSync(location, 'utf8').match(/"type":"compacted"/g)).toHaveLength(1)
  await using octavo = await createOctavo(preset)
  const thread = await octavo.resumeThread(id)
  await (
    await thread.run('third')
  ).done
  expect(model.requests.map(({ input }) => outlineHistory(input))).toEqual([
    ['user'],
    ['user', 'assistant', 'user'],
    ['user', 'summary', 'user'],
    ['user', 'summary', 'user', 'assistant', 'user'],
  ])
})
