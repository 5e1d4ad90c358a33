import { describe, expect, it } from 'vitest'
import {
  asRecord,
  optionalBoolean,
  optionalString,
  optionalStrings,
  optionalWholeNumber,
  requiredString,
  requiredStrings,
  requiredWholeNumber,
} from './arguments.ts'

describe('arguments of a call', () => {
  it.each([
    [null, 'invalid type: null, expected an object'],
    [[], 'invalid type: list, expected an object'],
    ['{}', 'invalid type: string "{}", expected an object'],
    [7, 'invalid type: number 7, expected an object'],
  ])('%j is not an object (F46)', (value, message) => {
    expect(() => asRecord(value)).toThrow(new Error(message))
  })

  it('a missing required field is named (F46)', () => {
    expect(() => requiredString({}, 'cmd')).toThrow(new Error('missing field `cmd`'))
    expect(() => requiredWholeNumber({ session_id: null }, 'session_id')).toThrow(new Error('missing field `session_id`'))
    expect(() => requiredStrings({}, 'command')).toThrow(new Error('missing field `command`'))
  })

  it.each([-5, 1.5, '10', true, [], {}, Number.NaN])('%j is no whole number (F46)', (value) => {
    expect(() => optionalWholeNumber({ n: value }, 'n')).toThrow(/^invalid type: .*, expected a whole number for `n`$/)
  })

  it('numbers that are whole by value are taken, however they were written', () => {
    expect([0, 1e12, JSON.parse('1000.0')].map((n) => optionalWholeNumber({ n }, 'n'))).toEqual([0, 1e12, 1000])
  })

  it('wrong types of the other kinds say what came and what was expected', () => {
    expect(() => optionalString({ a: 1 }, 'a')).toThrow(new Error('invalid type: number 1, expected a string for `a`'))
    expect(() => optionalBoolean({ a: 'true' }, 'a')).toThrow(new Error('invalid type: string "true", expected a boolean for `a`'))
    expect(() => optionalStrings({ a: 'ls' }, 'a')).toThrow(new Error('invalid type: string "ls", expected a list of strings for `a`'))
    expect(() => optionalStrings({ a: ['ls', 1] }, 'a')).toThrow(new Error('invalid type: list, expected a list of strings for `a`'))
    expect(() => optionalString({ a: {} }, 'a')).toThrow(new Error('invalid type: object, expected a string for `a`'))
  })

  it('a long wrong value is shown by its beginning', () => {
    expect(() => optionalWholeNumber({ n: 'x'.repeat(1_000_000) }, 'n')).toThrow(/^.{60,120}$/)
  })

  it('null, absent and inherited mean not given', () => {
    const record = asRecord(JSON.parse('{"a":null,"__proto__":{"b":"from outside"}}'))
    expect(optionalString(record, 'a')).toBeNull()
    expect(optionalString(record, 'b')).toBeNull()
    expect(optionalBoolean(record, 'constructor')).toBeNull()
    expect(optionalStrings(record, 'toString')).toBeNull()
  })
})
