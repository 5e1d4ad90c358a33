import { CancelledError, OctavoError } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../manual-clock.ts'
import { errnoError, fault, withFaults } from './index.ts'

const never = new AbortController().signal

/** A port of every shape ours have: promises, streams, values at once, nested ports, a signal, private state. */
class Store {
  readonly id = 'store'
  #written: string[] = []
  readonly lost = new AbortController().signal

  append(text: string): number {
    return this.#written.push(text)
  }
  async flush(_options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    return this.#written.length
  }
  async *read(_from: number, _signal: AbortSignal): AsyncGenerator<string> {
    yield* this.#written
  }
  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#written.push(`${path}=${new TextDecoder().decode(bytes)}`)
  }
  restrict(): Store {
    return this
  }
  async open(): Promise<{ take(): Promise<string> }> {
    return { take: async () => 'taken' }
  }
  async probe(): Promise<{ kind: string; working: boolean; reason: string | null }> {
    return { kind: 'bubblewrap', working: true, reason: null }
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = []
  for await (const value of stream) seen.push(value)
  return seen
}

test('without faults everything passes, and the calls are counted by name, nested ones too', async () => {
  const { port, calls } = withFaults(new Store())
  expect([port.id, port.append('a'), port.restrict().append('b'), await port.flush()]).toEqual(['store', 1, 2, 2])
  expect(await all(port.read(0, never))).toEqual(['a', 'b'])
  expect(await (await port.open()).take()).toBe('taken')
  expect(await port.probe()).toEqual({ kind: 'bubblewrap', working: true, reason: null })
  await port[Symbol.asyncDispose]()
  expect(calls).toEqual(['append', 'restrict', 'append', 'flush', 'read', 'open', 'take', 'probe', 'dispose'])
})

test('the nth call fails, at once where it gives its value at once', async () => {
  const error = new OctavoError('x', 'no')
  const { port } = withFaults(new Store(), [fault.fail('append', error, { nth: 2 }), fault.fail('flush', error), fault.fail('read', error)])
  expect(port.append('a')).toBe(1)
  expect(() => port.append('b')).toThrow(error)
  await expect(port.flush()).rejects.toBe(error)
  await expect(all(port.read(0, never))).rejects.toBe(error)
  expect(await port.flush()).toBe(1)
})

test('a fault may last: for some calls, or from one on', async () => {
  const { port } = withFaults(new Store(), [
    fault.errno('flush', 'ENOSPC', { nth: 2, times: 2 }),
    fault.errno('write', 'EROFS', { times: Infinity }),
  ])
  const outcomes = []
  for (let count = 0; count < 4; count += 1) outcomes.push(await port.flush().catch((error: unknown) => (error as { code: string }).code))
  expect(outcomes).toEqual([0, 'ENOSPC', 'ENOSPC', 0])
  for (let count = 0; count < 3; count += 1) await expect(port.write('/a', new Uint8Array())).rejects.toMatchObject({ code: 'EROFS' })
})

test('a skipped call says that it was made', async () => {
  const { port } = withFaults(new Store(), [fault.skip('append', { value: 7 }), fault.skip('write')])
  expect([port.append('lost'), await port.write('/a', new Uint8Array()), await port.flush()]).toEqual([7, undefined, 0])
})

test('a star counts every call', () => {
  const { port } = withFaults(new Store(), [fault.fail('*', new OctavoError('x', 'third'), { nth: 3 })])
  port.append('a')
  port.restrict()
  expect(() => port.append('b')).toThrow('third')
})

test('a call of a nested port can fail', async () => {
  const { port } = withFaults(new Store(), [fault.fail('take', new OctavoError('x', 'gone'))])
  const opened = await port.open()
  await expect(opened.take()).rejects.toThrow('gone')
})

test.each<[string, (port: Store, signal: AbortSignal) => Promise<unknown>]>([
  ['a promise', (port, signal) => port.flush({ signal })],
  ['a stream', (port, signal) => all(port.read(0, signal))],
])('a hanging call of %s ends only by its signal', async (_name, call) => {
  const controller = new AbortController()
  const { port } = withFaults(new Store(), [fault.hang('flush'), fault.hang('read')])
  let settled = false
  const waiting = call(port, controller.signal).finally(() => (settled = true))
  await new ManualClock().settle()
  expect(settled).toBe(false)
  controller.abort(new CancelledError('timeout'))
  await expect(waiting).rejects.toMatchObject({ reason: 'timeout' })
})

test('a slow call is made later', async () => {
  const clock = new ManualClock()
  const { port } = withFaults(new Store(), [fault.slow('flush', 50, clock), fault.slow('read', 50, clock)])
  port.append('a')
  const flushed = port.flush()
  const read = all(port.read(0, never))
  port.append('b')
  await clock.advance(50)
  expect([await flushed, await read]).toEqual([2, ['a', 'b']])
})

test('an abort comes just before the call, which is made', async () => {
  const controller = new AbortController()
  const { port } = withFaults(new Store(), [fault.abort('*', controller, { nth: 2, reason: 'shutdown' })])
  port.append('a')
  expect(controller.signal.aborted).toBe(false)
  expect(await port.flush()).toBe(1)
  expect(controller.signal.reason).toMatchObject({ reason: 'shutdown' })
})

describe('a stream', () => {
  test.each([
    [0, []],
    [1, ['a']],
  ])('is cut after %i values', async (after, expected) => {
    const error = new ModelError('stream_closed', 'cut', { layer: 'stream' })
    const { port } = withFaults(new Store(), [fault.cut('read', error, { after })])
    port.append('a')
    port.append('b')
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const value of port.read(0, never)) seen.push(value)
    })()
    await expect(reading).rejects.toBe(error)
    expect(seen).toEqual(expected)
  })

  test.each([
    [0, ['?', 'a']],
    [1, ['a', '?']],
  ])('carries garbage after %i values', async (after, expected) => {
    const { port } = withFaults(new Store(), [fault.garbage('read', ['?'], { after })])
    port.append('a')
    expect(await all(port.read(0, never))).toEqual(expected)
  })
})

test('a torn write leaves its first bytes and fails', async () => {
  const { port } = withFaults(new Store(), [fault.tear('write', 2)])
  await expect(port.write('/a', new TextEncoder().encode('hello'))).rejects.toMatchObject({ code: 'EIO' })
  expect(await all(port.read(0, never))).toEqual(['/a=he'])
})

test('errors of the platform have its code and its words', async () => {
  const { port } = withFaults(new Store(), [fault.errno('flush', 'ENOSPC')])
  await expect(port.flush()).rejects.toMatchObject({ code: 'ENOSPC', message: 'ENOSPC: no space left on device, flush' })
  expect(errnoError('EMFILE', 'open').message).toBe('EMFILE: too many open files, open')
})

test('a lost lease aborts the signal of the port and fences the call', async () => {
  const { port } = withFaults(new Store(), [fault.loseLease('flush', { nth: 2 })])
  const { lost } = port
  await port.flush()
  expect(lost.aborted).toBe(false)
  await expect(port.flush()).rejects.toMatchObject({ name: 'StoreError', code: 'fenced' })
  expect(lost.reason).toMatchObject({ reason: 'fenced' })
})

test('a probe fails with a reason and keeps the rest', async () => {
  const { port } = withFaults(new Store(), [fault.failProbe('user namespaces are off')])
  expect(await port.probe()).toEqual({ kind: 'bubblewrap', working: false, reason: 'user namespaces are off' })
})

test('a killed process has ended when it is handed out', async () => {
  const ends: unknown[] = []
  const runner = { spawn: async () => ({ pid: 1, end: async (how: unknown) => void ends.push(how) }) }
  const { port } = withFaults(runner, [fault.kill()])
  expect((await port.spawn()).pid).toBe(1)
  expect(ends).toEqual([{ graceMs: 0 }])
})

test('an object that comes back as an argument is the one that was made', () => {
  const made: object[] = []
  const parents: (object | null)[] = []
  const maker = {
    make(parent: object | null) {
      parents.push(parent)
      const child = { id: made.length, name: () => 'child' }
      made.push(child)
      return child
    },
  }
  const { port } = withFaults(maker)
  expect(port.make(port.make(null)).id).toBe(1)
  expect(parents[1]).toBe(made[0])
})

test('a stream that is a property is a call when it is read', async () => {
  const process = {
    get output() {
      return (async function* () {
        yield* ['a', 'b', 'c']
      })()
    },
    end: async () => {},
  }
  const { port, calls } = withFaults({ spawn: async () => process }, [
    fault.cut('output', new Error('broken'), { after: (value) => value === 'b' }),
  ])
  const spawned = await port.spawn()
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const value of spawned.output) seen.push(value)
  })()
  await expect(reading).rejects.toThrow('broken')
  expect([seen, await all(spawned.output), calls]).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['spawn', 'output', 'output'],
  ])
})
