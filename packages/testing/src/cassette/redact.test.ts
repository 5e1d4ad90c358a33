import { describe, expect, test } from 'vitest'
import { Redactor } from './redact.ts'

const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N'].join('.')

describe('a secret is taken out of a text', () => {
  test.each<[string, string, string]>([
    ['a key of OpenAI', `use sk-${'a'.repeat(20)}-b.`, 'use [redacted].'],
    ['a token of GitHub', `ghp_${'A1'.repeat(18)}`, '[redacted]'],
    ['a key of AWS', `id AKIA${'B'.repeat(16)} end`, 'id [redacted] end'],
    ['a token of Slack', 'xoxb-1234567890-abc', '[redacted]'],
    ['a JWT', `t=${jwt};`, 't=[redacted];'],
    ['a bearer', 'Authorization: Bearer abc.def-ghi_123=', 'Authorization: Bearer [redacted]'],
    ['basic credentials', 'authorization: basic dXNlcjpwYXNz', 'authorization: basic [redacted]'],
    ['a password in an address', 'https://me:s3cr3t@host/x', 'https://me:[redacted]@host/x'],
    ['a variable', 'export OPENAI_API_KEY="abc def" X=1', 'export OPENAI_API_KEY=[redacted] X=1'],
    ['a private key', 'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb', 'a\n[redacted]\nb'],
    ['a field in arguments', '{"api_key": "abc", "name": "x"}', '{"api_key":"[redacted]","name":"x"}'],
    ['a named value', 'the word is hunter22!', 'the word is [redacted:PASS]!'],
    ['a named value inside JSON inside text', String.raw`say "quo\"ted\n"`, 'say "[redacted:QUOTED]"'],
    ['a named value in an address', '?q=a%26b%20c', '?q=[redacted:QUERY]'],
    ['what a pattern of the caller says', 'ticket T-42', 'ticket [redacted]'],
  ])('%s', (_what, text, expected) => {
    const redactor = new Redactor({ values: { PASS: 'hunter22', QUOTED: 'quo"ted\n', QUERY: 'a&b c' }, patterns: [/T-\d+/] })
    expect(redactor.text(text)).toBe(expected)
    // What was redacted stays as it is, so that it can be compared.
    expect(redactor.text(expected)).toBe(expected)
  })
})

test('fields that hold secrets lose their text, others keep theirs', () => {
  expect(
    new Redactor({ fields: [/^x-mine$/] }).value({
      Authorization: 'Basic x',
      headers: { cookie: 'a=b', 'set-cookie': 'c', 'x-api-key': 'k', 'x-mine': 'm', 'x-request-id': 'r' },
      list: [{ accessToken: 't', inputTokens: 5, tokenizer: 'o200k', token: { nested: 'kept' } }],
      'openai-organization': 'org',
      none: null,
    }),
  ).toEqual({
    Authorization: '[redacted]',
    headers: { cookie: '[redacted]', 'set-cookie': '[redacted]', 'x-api-key': '[redacted]', 'x-mine': '[redacted]', 'x-request-id': 'r' },
    list: [{ accessToken: '[redacted]', inputTokens: 5, tokenizer: 'o200k', token: { nested: 'kept' } }],
    'openai-organization': '[redacted]',
    none: null,
  })
})

test('names of fields are texts too, and a longer value wins over a part of it', () => {
  const redactor = new Redactor({ values: { SHORT: 'abcd', LONG: 'abcdefgh' } })
  expect(redactor.value({ abcdefgh: 'abcd', token: 'abcdefgh' })).toEqual({
    '[redacted:LONG]': '[redacted:SHORT]',
    token: '[redacted:LONG]',
  })
})

test('plain text and whole JSON without secrets stay as they were written', () => {
  const redactor = new Redactor({ values: { KEY: '$&$&$&' } })
  for (const text of ['{ "a":  1 }', 'max_tokens = 5', 'a Bearer of understanding', 'Basic Information', '{broken', ''])
    expect(redactor.text(text)).toBe(text)
})

test('a value that is too short to be told from other text is refused', () => {
  expect(() => new Redactor({ values: { PIN: '123' } })).toThrow('the value of PIN is too short')
})
