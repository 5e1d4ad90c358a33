import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = new URL('test-a-tool.ts', import.meta.url)
const folder = new URL('test-a-tool/', import.meta.url)

test('test-a-tool.ts: a tool is checked and run without a network and without a test runner', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@octavo/source', fileURLToPath(program)], {
    env: {},
  })
  expect([stdout, stderr]).toEqual(["Done.\n{ call_1: 'Hello Ada' }\n", ''])
})

test('the programs of the README are these files', async () => {
  const readme = await readFile(new URL('../packages/testing/README.md', import.meta.url), 'utf8')
  const files = (await readdir(folder)).map((name) => new URL(name, folder))
  expect(files.length).toBeGreaterThan(5)
  for (const file of [program, ...files]) expect(readme).toContain(`\`\`\`ts\n${await readFile(file, 'utf8')}\`\`\``)
})

test('the test of a tool takes eight lines', async () => {
  const text = await readFile(new URL('greet.test.ts', folder), 'utf8')
  expect(text.slice(text.indexOf("test('")).trimEnd().split('\n').length).toBeLessThanOrEqual(8)
})
