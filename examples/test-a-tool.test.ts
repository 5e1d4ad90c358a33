import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const path = fileURLToPath(new URL('test-a-tool.ts', import.meta.url))

test('test-a-tool.ts: a tool is checked and run without a network and without a test runner', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@octavo/source', path], { env: {} })
  expect([stdout, stderr]).toEqual(["Done.\n{ call_1: 'Hello Ada' }\n", ''])
})

test('test-a-tool.ts is the program of the README', async () => {
  const readme = await readFile(new URL('../packages/testing/README.md', import.meta.url), 'utf8')
  const program = await readFile(path, 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``)
})
