/** A processor whose numbers of system calls are known here, as Node names it. */
export type Architecture = 'x64' | 'arm64'

/** System calls that are refused to commands with every grant: they reach into other processes, or do work no filter sees. */
export const ALWAYS_REFUSED = [
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
] as const

/**
 * Refused without a network. What only asks or tells about a socket that is already there stays: a command has no other sockets than
 * pairs of its own, among them the pipes that Node gives to its children.
 */
export const NETWORK_REFUSED = ['connect', 'accept', 'accept4', 'bind', 'listen', 'sendmmsg', 'recvmmsg'] as const

type Name = (typeof ALWAYS_REFUSED)[number] | (typeof NETWORK_REFUSED)[number] | 'socket' | 'socketpair' | 'sendto'

export interface SystemCalls {
  /** What the kernel calls the architecture: `AUDIT_ARCH_…`. */
  readonly audit: number
  readonly numbers: Readonly<Record<Name, number>>
  /** Calls from here on are those of another ABI of the same processor; null where there is none. */
  readonly foreignFrom: number | null
}

/** Source: `asm/unistd.h` and `linux/audit.h` of the kernel. */
export const SYSTEM_CALLS: Readonly<Record<Architecture, SystemCalls>> = {
  x64: {
    audit: 0xc000003e,
    foreignFrom: 0x40000000,
    numbers: {
      ptrace: 101,
      process_vm_readv: 310,
      process_vm_writev: 311,
      io_uring_setup: 425,
      io_uring_enter: 426,
      io_uring_register: 427,
      socket: 41,
      connect: 42,
      accept: 43,
      sendto: 44,
      bind: 49,
      listen: 50,
      socketpair: 53,
      accept4: 288,
      recvmmsg: 299,
      sendmmsg: 307,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    foreignFrom: null,
    numbers: {
      ptrace: 117,
      process_vm_readv: 270,
      process_vm_writev: 271,
      io_uring_setup: 425,
      io_uring_enter: 426,
      io_uring_register: 427,
      socket: 198,
      socketpair: 199,
      bind: 200,
      listen: 201,
      accept: 202,
      connect: 203,
      sendto: 206,
      accept4: 242,
      recvmmsg: 243,
      sendmmsg: 269,
    },
  },
}
