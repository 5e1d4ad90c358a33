import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AuthSource, readAuthFile, resolveKey } from './index.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'octavo-auth-'))
})
afterEach(async () => {
  await rm(home, { recursive: true })
})

const CHATGPT = JSON.stringify({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens: { access_token: 'secret-token', refresh_token: 'r' } })

async function failure(source: AuthSource, environment: Readonly<Record<string, string>> = {}): Promise<unknown> {
  return await resolveKey(source, new Map(Object.entries(environment))).catch((error: unknown) => error)
}

test('a variable is read for every request, and blanks around a key do not count', async () => {
  const environment = new Map([['MY_KEY', ' sk-1 \n']])
  const source: AuthSource = { kind: 'env', name: 'MY_KEY' }
  expect(await resolveKey(source, environment)).toEqual({ secret: 'sk-1', origin: 'MY_KEY' })
  environment.set('MY_KEY', 'sk-2')
  expect(await resolveKey(source, environment)).toEqual({ secret: 'sk-2', origin: 'MY_KEY' })
})

test('a missing key is one line that names the variable and the fix (F36)', async () => {
  const source: AuthSource = { kind: 'env', name: 'MY_KEY', instructions: 'Get one at\n  https://example.test/keys' }
  expect(await failure(source, { MY_KEY: '  ' })).toMatchObject({
    code: 'missing_key',
    retryable: false,
    message: 'no API key: set MY_KEY to your API key. Get one at https://example.test/keys',
    data: { names: ['MY_KEY'], reason: 'unset' },
  })
})

test('the first of several sources that has a key is used; when none has, all variables are named', async () => {
  const source: AuthSource = {
    kind: 'first',
    sources: [
      { kind: 'env', name: 'CODEX_API_KEY' },
      { kind: 'env', name: 'OPENAI_API_KEY' },
      { kind: 'authFile', path: join(home, 'auth.json') },
    ],
  }
  expect(await failure(source)).toMatchObject({ message: 'no API key: set CODEX_API_KEY or OPENAI_API_KEY to your API key' })
  await writeFile(join(home, 'auth.json'), JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-file' }))
  expect(await resolveKey(source, new Map())).toEqual({ secret: 'sk-file', origin: join(home, 'auth.json') })
  expect(await resolveKey(source, new Map([['OPENAI_API_KEY', 'sk-env']]))).toEqual({ secret: 'sk-env', origin: 'OPENAI_API_KEY' })
})

test('a ChatGPT login gets a line of its own, and no token is in it', async () => {
  const path = join(home, 'auth.json')
  await writeFile(path, CHATGPT)
  const error = await failure({
    kind: 'first',
    sources: [
      { kind: 'env', name: 'OPENAI_API_KEY' },
      { kind: 'authFile', path },
    ],
  })
  expect(error).toMatchObject({
    code: 'missing_key',
    message: `${path} holds a ChatGPT login, which Octavo cannot use yet: set OPENAI_API_KEY or CODEX_API_KEY to an API key`,
    data: { reason: 'chatgpt_login' },
  })
  expect(JSON.stringify(error)).not.toContain('secret-token')
})

test.each([
  ['a key', { auth_mode: 'apikey', OPENAI_API_KEY: 'sk-1' }, 'sk-1'],
  ['an old file without a mode', { OPENAI_API_KEY: 'sk-1', tokens: { access_token: 'x' } }, 'sk-1'],
  ['no credentials', { OPENAI_API_KEY: null }, null],
])('%s is read from auth.json', (_case, content, key) => {
  expect(readAuthFile(JSON.stringify(content))).toBe(key)
})

test.each([
  ['tokens without a mode', JSON.stringify({ tokens: { access_token: 'x' } }), 'chatgpt_login'],
  ['another login', JSON.stringify({ auth_mode: 'agentIdentity' }), 'unsupported_login'],
  ['text that is not JSON', '{"OPENAI_API_KEY": "sk-1', 'malformed'],
  ['JSON that is not an object', '[]', 'malformed'],
])('%s in auth.json is a typed error', (_case, text, reason) => {
  expect(() => readAuthFile(text)).toThrow(expect.objectContaining({ code: 'missing_key', data: { path: 'auth.json', reason } }))
})

test('a file that cannot be read is told with its path; one that is not there holds no key', async () => {
  expect(await failure({ kind: 'authFile', path: home })).toMatchObject({ code: 'missing_key', data: { path: home, reason: 'unreadable' } })
  const path = join(home, 'nothing.json')
  expect(await failure({ kind: 'authFile', path })).toMatchObject({ message: `no API key: put an API key into ${path}` })
})

test('no key is fine where none is needed; one that no header can carry is refused here', async () => {
  expect(await resolveKey({ kind: 'none' }, new Map())).toBeNull()
  expect(await failure({ kind: 'token', token: 'two words' })).toMatchObject({ code: 'missing_key', data: { reason: 'malformed' } })
  expect(await resolveKey({ kind: 'token', token: 'sk-1' }, new Map())).toEqual({ secret: 'sk-1', origin: 'the configured token' })
})
