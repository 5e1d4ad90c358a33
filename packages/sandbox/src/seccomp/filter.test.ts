import { expect, test } from 'vitest'
import { runFilter } from '../../test/interpret-filter.ts'
import { buildFilter } from './filter.ts'
import { ALWAYS_REFUSED, type Architecture, NETWORK_REFUSED, SYSTEM_CALLS } from './system-calls.ts'

const allow = 0x7fff0000
const refuse = 0x00050001
const kill = 0x80000000
const architectures: readonly Architecture[] = ['x64', 'arm64']
const [unix, inet, netlink, vsock] = [1n, 2n, 16n, 40n]
const [stream, datagram, raw, seqpacket, cloexec] = [1n, 2n, 3n, 5n, 0o2000000n]

function ask(architecture: Architecture, hasNetwork: boolean, number: number, ...given: readonly bigint[]): number {
  const { audit } = SYSTEM_CALLS[architecture]
  return runFilter(buildFilter({ architecture, hasNetwork }), { number, architecture: audit, arguments: given })
}

test.each(architectures)('on %s exactly the listed system calls are refused, with and without a network', (architecture) => {
  const { numbers } = SYSTEM_CALLS[architecture]
  const listed = (names: readonly (keyof typeof numbers)[]): readonly number[] => names.map((name) => numbers[name])
  const refused = (hasNetwork: boolean): readonly number[] =>
    Array.from({ length: 600 }, (_, number) => number).filter((number) => ask(architecture, hasNetwork, number, unix, stream) === refuse)
  expect(refused(true)).toEqual(listed(ALWAYS_REFUSED).toSorted((left, right) => left - right))
  expect(refused(false)).toEqual(listed([...ALWAYS_REFUSED, ...NETWORK_REFUSED]).toSorted((left, right) => left - right))
})

test.each(architectures)('on %s without a network only connected pairs of local sockets can be had', (architecture) => {
  const { socket, socketpair } = SYSTEM_CALLS[architecture].numbers
  for (const number of [socket, socketpair]) {
    const given = [
      [unix, stream],
      [unix, stream | cloexec],
      [unix, seqpacket],
      [unix | (1n << 32n), stream], // the kernel reads 32 bits
      [unix, datagram],
      [unix, datagram | cloexec],
      [unix, raw],
      [inet, stream],
      [netlink, raw],
      [vsock, stream],
    ] as const
    const answers = given.map(([family, type]) => ask(architecture, false, number, family, type))
    expect(answers).toEqual([allow, allow, allow, allow, refuse, refuse, refuse, refuse, refuse, refuse])
    expect(ask(architecture, true, number, inet, stream)).toBe(allow)
  }
})

test.each(architectures)('on %s without a network nothing is sent to an address', (architecture) => {
  const { sendto } = SYSTEM_CALLS[architecture].numbers
  const answers = [0n, 1n, 1n << 32n].map((address) => ask(architecture, false, sendto, 3n, 0n, 1n, 0n, address, 16n))
  expect(answers).toEqual([allow, refuse, refuse])
})

test('system calls by the numbers of another architecture kill the program, or are refused where the kernel calls it the same', () => {
  const i386 = 0x40000003
  const filter = buildFilter({ architecture: 'x64', hasNetwork: true })
  expect(runFilter(filter, { number: 1, architecture: i386, arguments: [] })).toBe(kill)
  expect(runFilter(filter, { number: 0x40000000 + 1, architecture: SYSTEM_CALLS.x64.audit, arguments: [] })).toBe(refuse)
  const arm = buildFilter({ architecture: 'arm64', hasNetwork: true })
  expect(runFilter(arm, { number: 1, architecture: SYSTEM_CALLS.x64.audit, arguments: [] })).toBe(kill)
})
