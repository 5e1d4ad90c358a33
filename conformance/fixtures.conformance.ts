import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const fixtures = process.env['OCTAVO_FIXTURES'] ?? ''

test('the folder holds every kind of recorded file', () => {
  expect(readdirSync(fixtures)).toEqual(expect.arrayContaining(['app-server-captures', 'app-server-schema', 'apply-patch', 'rollouts']))
})

test('every line of an app-server recording is a message with its direction', () => {
  const folder = join(fixtures, 'app-server-captures')
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as { dir: string; msg: unknown })
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.filter(({ dir, msg }) => (dir !== '->' && dir !== '<-') || typeof msg !== 'object')).toEqual([])
})
