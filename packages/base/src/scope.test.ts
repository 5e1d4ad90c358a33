import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { CancelledError, cancelReasonOf } from './cancel.ts'
import { Deferred } from './deferred.ts'
import { createScope, type Scope } from './scope.ts'

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

test('closing ends children, then tasks, then releases in reverse order', async () => {
  const told: string[] = []
  const scope = createScope('root')
  scope.use({ [Symbol.dispose]: () => told.push('first resource') })
  scope.defer(async () => {
    await Promise.resolve()
    told.push('second cleanup')
  })
  scope.fork('child').defer(() => void told.push('child'))
  void scope.spawn('task', async (signal) => {
    await untilAborted(signal)
    await Promise.resolve()
    told.push(`task ${cancelReasonOf(signal)}`)
  })
  scope.use({ [Symbol.asyncDispose]: async () => void told.push('last resource') })
  await scope[Symbol.asyncDispose]()
  expect(told.toSorted().length).toBe(5)
  expect(told.indexOf('child')).toBeLessThan(2)
  expect(told.indexOf('task shutdown')).toBeLessThan(2)
  expect(told.slice(2)).toEqual(['last resource', 'second cleanup', 'first resource'])
})

test('cancelling flows down with its reason, and neither up nor sideways', () => {
  const root = createScope('root')
  const [left, right] = [root.fork('left'), root.fork('right')]
  const leaf = left.fork('leaf')
  left.cancel('replaced')
  left.cancel('shutdown')
  expect([root, left, right, leaf].map((scope) => (scope.signal.aborted ? cancelReasonOf(scope.signal) : null))).toEqual([
    null,
    'replaced',
    null,
    'replaced',
  ])
  expect(cancelReasonOf(left.fork('late').signal)).toBe('replaced')
  expect(leaf.name).toBe('root/left/leaf')
})

test('a child that closes leaves its siblings and its parent running', async () => {
  const root = createScope('root')
  const [left, right] = [root.fork('left'), root.fork('right')]
  await left[Symbol.asyncDispose]()
  expect([root.signal.aborted, right.signal.aborted]).toEqual([false, false])
})

test('a failed task is its caller’s business alone', async () => {
  const scope = createScope('root')
  const failing = scope.spawn('fails', async () => {
    throw new Error('mine')
  })
  const sibling = scope.spawn('works', async () => 1)
  await new Promise(setImmediate) // an unhandled rejection would fail the run here
  await expect(failing).rejects.toThrow('mine')
  await expect(sibling).resolves.toBe(1)
  expect(scope.signal.aborted).toBe(false)
  await expect(scope[Symbol.asyncDispose]()).resolves.toBeUndefined()
})

test('every failed cleanup is reported, after all were attempted', async () => {
  const told: string[] = []
  const scope = createScope('root')
  scope.defer(() => void told.push('runs all the same'))
  scope.defer(() => Promise.reject(new Error('second')))
  scope.defer(() => {
    throw new Error('first')
  })
  scope.fork('child').defer(() => Promise.reject(new Error('inner')))
  const error = await scope[Symbol.asyncDispose]().catch((failure: unknown) => failure as AggregateError)
  expect(error).toBeInstanceOf(AggregateError)
  expect(error?.errors.map((one: Error) => one.message)).toEqual([
    'scope root/child closed, but 1 of its cleanups failed',
    'first',
    'second',
  ])
  expect(told).toEqual(['runs all the same'])
})

test('a failure of a child its owner is closing is told to the owner only', async () => {
  const root = createScope('root')
  const child = root.fork('child')
  child.defer(() => Promise.reject(new Error('inner')))
  const closing = child[Symbol.asyncDispose]()
  const [owner, parent] = await Promise.allSettled([closing, root[Symbol.asyncDispose]()])
  expect([owner.status, parent.status]).toEqual(['rejected', 'fulfilled'])
})

test('closing twice is the same closing', async () => {
  const scope = createScope('root')
  expect(scope[Symbol.asyncDispose]()).toBe(scope[Symbol.asyncDispose]())
  await scope[Symbol.asyncDispose]()
})

test('what a task acquires while the scope closes is released', async () => {
  const told: string[] = []
  const scope = createScope('root')
  void scope.spawn('late', async (signal) => {
    await untilAborted(signal)
    scope.defer(() => void told.push('late cleanup'))
    scope.fork('late child').defer(() => void told.push('late child'))
  })
  scope.defer(() => scope.defer(() => void told.push('cleanup of a cleanup')))
  await scope[Symbol.asyncDispose]()
  expect(told).toEqual(['late child', 'late cleanup', 'cleanup of a cleanup'])
})

test('a cancelled scope starts no task', async () => {
  const scope = createScope('root')
  scope.cancel('budgetLimited')
  let started = false
  const task = scope.spawn('copy', async () => (started = true))
  await expect(task).rejects.toMatchObject({ reason: 'budgetLimited', message: 'root was cancelled before copy started' })
  expect(CancelledError.is(await task.catch((error: unknown) => error))).toBe(true)
  expect(started).toBe(false)
})

test('a closed scope takes nothing, and releases what it is given', async () => {
  const scope: Scope = createScope('root')
  await scope[Symbol.asyncDispose]()
  let released = false
  const closed = expect.objectContaining({ code: 'scope_closed' })
  expect(() => scope.use({ [Symbol.dispose]: () => (released = true) })).toThrow(closed)
  expect(released).toBe(true)
  expect(() => scope.fork('x')).toThrow(closed)
  expect(() => scope.defer(() => {})).toThrow(closed)
  await expect(scope.spawn('x', async () => 1)).rejects.toMatchObject({ code: 'scope_closed' })
})

test('a root follows its parent signal and stops listening when closed', async () => {
  const controller = new AbortController()
  const [scope, closed] = [createScope('open', controller.signal), createScope('closed', controller.signal)]
  await closed[Symbol.asyncDispose]()
  expect(getEventListeners(controller.signal, 'abort').length).toBe(1)
  controller.abort(new CancelledError('timeout'))
  expect(cancelReasonOf(scope.signal)).toBe('timeout')
  expect(cancelReasonOf(createScope('late', controller.signal).signal)).toBe('timeout')
})

test('a task is awaited even when it ends late', async () => {
  const scope = createScope('root')
  const gate = new Deferred<void>()
  let ended = false
  void scope.spawn('slow', async () => {
    await gate.promise
    ended = true
  })
  const closing = scope[Symbol.asyncDispose]()
  await new Promise(setImmediate)
  expect(ended).toBe(false)
  gate.resolve()
  await closing
  expect(ended).toBe(true)
})
