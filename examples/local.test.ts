import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { responses, startScriptedServer } from '@octavo/testing/http'
import { expect, test } from 'vitest'

const path = fileURLToPath(new URL('local.ts', import.meta.url))

test('local.ts: the configuration of the machine says which model is asked', async () => {
  const home = mkdtempSync(join(tmpdir(), 'octavo-local-'))
  try {
    writeFileSync(join(home, 'config.toml'), 'model = "of-the-file"\n')
    await using server = await startScriptedServer([responses.text('It adds numbers.')])
    const env = { HOME: home, OCTAVO_HOME: home, OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: server.url }
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@octavo/source', path], { env, cwd: home })
    expect([stdout, server.requests[0]?.body]).toEqual(['It adds numbers.\n', expect.objectContaining({ model: 'of-the-file' })])
  } finally {
    rmSync(home, { recursive: true })
  }
})

test.each(['hello.ts', 'local.ts'])('%s is a program of the README', (name) => {
  const program = readFileSync(new URL(name, import.meta.url), 'utf8')
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(`\`\`\`ts\n${program}\`\`\``)
})
