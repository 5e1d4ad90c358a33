import { expect, test } from 'vitest'
import { canonicalUuid, isUuid, systemRandom, uuidV5, uuidV7 } from './ids.ts'

test('a version 7 id carries the time and the given bytes', () => {
  // RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, random bits 0xCC3 and 0x18C4DC0C0C07398F
  const bytes = Uint8Array.of(0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f)
  expect(uuidV7(1_645_557_742_000, () => bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

test('version 7 ids of later milliseconds sort later', () => {
  const ids = [0, 1, 65_535, 65_536, 1_645_557_742_000, 2 ** 48 - 1].map((now) => uuidV7(now, systemRandom.bytes))
  expect(ids.toSorted()).toEqual(ids)
})

test('a version 5 id agrees with the example of the RFC', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

test('a version 5 id needs a namespace that is a UUID', () => {
  expect(() => uuidV5('dns', 'x')).toThrow('namespace "dns" is not a UUID')
})

const canonical = '2ed6657d-e927-568b-95e1-2665a8aea6a2'

test.each([
  canonical,
  canonical.toUpperCase(),
  '2ed6657de927568b95e12665a8aea6a2',
  `{${canonical}}`,
  `{${canonical.toUpperCase()}}`,
  `urn:uuid:${canonical}`,
  `URN:UUID:${canonical}`,
])('%s is read as a UUID', (text) => {
  expect(canonicalUuid(text)).toBe(canonical)
})

test.each([
  '',
  'latest',
  `${canonical} `,
  `{${canonical}`,
  `${canonical}}`,
  `urn:uuid:{${canonical}}`,
  `{urn:uuid:${canonical}}`,
  'urn:uuid:2ed6657de927568b95e12665a8aea6a2',
  '2ed6657d-e927-568b-95e12665a8aea6a2',
  '2ed6657g-e927-568b-95e1-2665a8aea6a2',
  '00000000-0000-0000-0000-000000000000',
  '00000000000000000000000000000000',
])('%j is not read as a UUID', (text) => {
  expect(canonicalUuid(text)).toBeNull()
})

test('only the canonical form counts as a UUID already', () => {
  expect([canonical, canonical.toUpperCase(), `{${canonical}}`].map(isUuid)).toEqual([true, false, false])
})

test('the system generator gives as many bytes as asked for and fractions under one', () => {
  expect(
    systemRandom
      .bytes(70_000)
      .subarray(65_536)
      .some((byte) => byte !== 0),
  ).toBe(true)
  for (let round = 0; round < 100; round += 1) {
    const next = systemRandom.next()
    expect(next >= 0 && next < 1).toBe(true)
  }
})
