import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { World } from './harness/world.ts'

/** Every file below a directory with its contents and the time it was changed. */
function picture(dir: string): readonly unknown[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'utf8'), statSync(path).mtimeMs])
}

test('a thread of Codex is resumed by copy under its id; its configuration is read; nothing of it changes (R45)', async () => {
  using world = new World()
  await using service = await startService([responses.text('Begun.'), responses.text('Gone on.')])
  const env = { OCTAVO_HOME: undefined, CODEX_HOME: join(world.root, 'codex') }
  // What Codex would have left: the same format, in its own home.
  const begun = await world.run(['exec', '--json', ...service.responses, 'Begin'])
  const id = begun.lines()[0]?.thread_id ?? ''
  mkdirSync(env.CODEX_HOME)
  cpSync(join(world.octavoHome, 'sessions'), join(env.CODEX_HOME, 'sessions'), { recursive: true })
  writeFileSync(join(env.CODEX_HOME, 'config.toml'), 'model_reasoning_effort = "low"\n')
  const before = picture(env.CODEX_HOME)

  const ended = await world.run(['exec', '--json', ...service.responses, 'resume', id, 'Go on'], { env })
  ended.endedWith(0)
  expect(ended.lines()[0]?.thread_id).toBe(id)
  const sent = JSON.stringify(service.conversation(2))
  expect(['Begin', 'Begun.', 'Go on'].filter((text) => sent.split(`"${text}"`).length !== 2)).toEqual([])
  expect(service.requests[1]?.body).toMatchObject({ reasoning: { effort: 'low' } })
  const own = join(env.CODEX_HOME, 'octavo')
  expect(picture(env.CODEX_HOME).filter((entry) => !String((entry as readonly unknown[])[0]).startsWith(own))).toEqual(before)
  expect(picture(join(own, 'sessions')).map((entry) => String((entry as readonly unknown[])[1]).includes('Gone on.'))).toEqual([true])
})
