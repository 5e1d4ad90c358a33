import { ALWAYS_REFUSED, type Architecture, NETWORK_REFUSED, SYSTEM_CALLS } from './system-calls.ts'

export interface FilterOptions {
  readonly architecture: Architecture
  readonly hasNetwork: boolean
}

/**
 * The system calls a command may make, as the program (classic BPF) that `bwrap --seccomp` installs: all but those listed, which fail with
 * EPERM. A program for another architecture is killed, since its calls have other numbers.
 *
 * Without a network only connected pairs of local sockets can be had, and nothing outside can be reached by them: not even a socket that
 * is a file, which no namespace withholds. Datagram pairs are left out since they can be sent anywhere.
 */
export function buildFilter({ architecture, hasNetwork }: FilterOptions): Uint8Array {
  const { audit, numbers, foreignFrom } = SYSTEM_CALLS[architecture]
  const refused = [...ALWAYS_REFUSED, ...(hasNetwork ? [] : NETWORK_REFUSED)].map((name) => numbers[name])
  return assemble([
    load(ARCHITECTURE),
    ifEqual(audit, null, 'kill'),
    load(NUMBER),
    ...(foreignFrom === null ? [] : [ifAtLeast(foreignFrom, 'refuse')]),
    ...refused.map((number) => ifEqual(number, 'refuse', null)),
    ...(hasNetwork
      ? []
      : [
          ifEqual(numbers.socket, 'kindOfSocket', null),
          ifEqual(numbers.socketpair, 'kindOfSocket', null),
          ifEqual(numbers.sendto, 'receiver', 'allow'),
          ...socketChecks,
        ]),
    label('allow'),
    end(ALLOW),
    label('refuse'),
    end(FAIL_WITH | EPERM),
    label('kill'),
    end(KILL_PROCESS),
  ])
}

/** Where the kernel puts what a filter may look at. */
const NUMBER = 0
const ARCHITECTURE = 4
const argument = (index: number): number => 16 + 8 * index

const ALLOW = 0x7fff0000
const FAIL_WITH = 0x00050000
const KILL_PROCESS = 0x80000000
const EPERM = 1

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_SEQPACKET = 5
/** The rest of the type are flags. */
const SOCK_TYPE_MASK = 0xf

type Label = 'allow' | 'refuse' | 'kill' | 'kindOfSocket' | 'receiver'

/** A jump goes to a label further down; null is the next instruction. */
type Line =
  | { readonly code: number; readonly value: number; readonly yes?: Label | null; readonly no?: Label | null }
  | { readonly label: Label }

const load = (offset: number): Line => ({ code: 0x20, value: offset })
const mask = (value: number): Line => ({ code: 0x54, value })
const ifEqual = (value: number, yes: Label | null, no: Label | null): Line => ({ code: 0x15, value, yes, no })
const ifAtLeast = (value: number, yes: Label): Line => ({ code: 0x35, value, yes, no: null })
const end = (value: number): Line => ({ code: 0x06, value })
const label = (name: Label): Line => ({ label: name })

// The kernel reads these arguments as 32 bits, so the upper halves do not count; an address counts whole.
const socketChecks: readonly Line[] = [
  label('kindOfSocket'),
  load(argument(0)),
  ifEqual(AF_UNIX, null, 'refuse'),
  load(argument(1)),
  mask(SOCK_TYPE_MASK),
  ifEqual(SOCK_STREAM, 'allow', null),
  ifEqual(SOCK_SEQPACKET, 'allow', 'refuse'),
  label('receiver'),
  load(argument(4)),
  ifEqual(0, null, 'refuse'),
  load(argument(4) + 4),
  ifEqual(0, 'allow', 'refuse'),
]

/** Instructions of 8 bytes each, little-endian: code, two jumps counted in instructions, value. */
function assemble(lines: readonly Line[]): Uint8Array {
  const places = new Map<Label, number>()
  let size = 0
  for (const line of lines) {
    if ('label' in line) places.set(line.label, size)
    else size += 1
  }
  const bytes = new Uint8Array(size * 8)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const line of lines) {
    if ('label' in line) continue
    const jump = (to: Label | null | undefined): number => (to === null || to === undefined ? 0 : (places.get(to) ?? at) - at - 1)
    view.setUint16(at * 8, line.code, true)
    view.setUint8(at * 8 + 2, jump(line.yes))
    view.setUint8(at * 8 + 3, jump(line.no))
    view.setUint32(at * 8 + 4, line.value, true)
    at += 1
  }
  return bytes
}
