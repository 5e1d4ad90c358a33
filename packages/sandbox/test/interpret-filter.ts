/** What a system call is asked with, as the kernel shows it to a filter. */
export interface AskedCall {
  readonly number: number
  readonly architecture: number
  readonly arguments: readonly bigint[]
}

/** Runs a filter as the kernel would, for processors these tests do not run on. Returns what the filter returns. */
export function runFilter(program: Uint8Array, call: AskedCall): number {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, call.number, true)
  data.setUint32(4, call.architecture, true)
  call.arguments.forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true))
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength)
  let accumulator = 0
  for (let at = 0; at < program.byteLength; at += 8) {
    const value = code.getUint32(at + 4, true)
    const jump = (holds: boolean): void => void (at += 8 * code.getUint8(at + (holds ? 2 : 3)))
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(value, true)
        break
      case 0x54:
        accumulator = (accumulator & value) >>> 0
        break
      case 0x15:
        jump(accumulator === value)
        break
      case 0x35:
        jump(accumulator >= value)
        break
      case 0x06:
        return value
      default:
        throw new Error(`instruction ${at / 8} is none of those a filter is made of`)
    }
  }
  throw new Error('the filter does not end')
}
