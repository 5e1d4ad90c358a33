import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { responses, startScriptedServer } from '@octavo/testing/http'
import { expect, test } from 'vitest'

const path = fileURLToPath(new URL('real-model.ts', import.meta.url))

/** Runs the program against a server, with what a person types; the rest of the environment is empty. */
async function run(url: string, typed: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'octavo-real-model-'))
  try {
    return await new Promise((resolve, reject) => {
      const env = { TMPDIR: dir, OPENAI_API_KEY: 'sk-test' }
      const args = ['--conditions=@octavo/source', path, url, 'some-model']
      const child = execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        error === null && stderr === '' ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`, { cause: error })),
      )
      child.stdin?.end(typed)
    })
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test.each([
  ['y', 'sent: The build is green'],
  ['n', 'the user said no'],
])('real-model.ts: it streams, asks a person who types %s, and goes on with the thread elsewhere', async (typed, output) => {
  await using server = await startScriptedServer([
    responses.calls([{ name: 'send_note', arguments: { text: 'The build is green' }, callId: 'c1' }]),
    responses.text('Done.'),
    responses.text('That the build is green.'),
  ])
  const shown = await run(server.url, `${typed}\n`)
  expect(shown).toBe('\nLet it call send_note? [y/N] Done.\nThat the build is green.\n')
  expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(Array(3).fill('Bearer sk-test'))
  const sent = JSON.stringify(server.requests[2]?.body)
  expect([output, 'Send the team a note', 'Done.'].filter((text) => sent.split(text).length !== 2)).toEqual([])
})
