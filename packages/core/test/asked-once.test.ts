import type { AskResult } from '@octavo/extension-api'
import type { PendingRequest, RequestKind } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { grantedOf, unitePermissionSets } from '../src/asking/permissions.ts'
import { askSomebody } from '../src/asking/ask.ts'
import { isAnswer } from '../src/asking/answer-value.ts'
import type { Answered } from '../src/asking/answerers.ts'
import { WaitingTime } from '../src/state/pauses.ts'
import { PendingRequests } from '../src/state/pending-requests.ts'
import { AbsolutePath, Deferred } from '@octavo/base'
import { FakeClock, tick } from './fakes/clock.ts'
import { countedIds } from './fakes/ids.ts'

/** Numbers from a seed. Source: Park and Miller. */
function chance(seed: number): (count: number) => number {
  let state = seed
  return (count) => (state = (state * 48_271) % 2_147_483_647) % count
}

const VALUE = { answers: {} }

/** Answers, deadlines, cuts, holds and late answers in any order; what was asked, and what was told of it. */
async function settleAtRandom(seed: number) {
  const below = chance(seed)
  const clock = new FakeClock()
  const waiting = new WaitingTime(clock)
  const told = new Map<string, string[]>()
  const requests = new PendingRequests(countedIds(), clock, waiting, (event) => {
    if (event.type === 'request.opened') told.set(event.request.id, ['opened'])
    if (event.type === 'request.resolved') told.get(event.id)?.push(event.outcome.outcome)
  })
  const thinking: Deferred<Answered | 'waits'>[] = []
  const owners: AbortController[] = []
  const results: Promise<{ readonly result: AskResult<'userInput'> }>[] = []
  let settledTwice = 0
  const open = (): PendingRequest | undefined => requests.list()[below(Math.max(1, requests.list().length))]
  for (let step = 0; step < 60; step += 1) {
    const what = below(9)
    if (what <= 1) {
      const owner = new AbortController()
      owners.push(owner)
      const soon = below(3)
      results.push(
        askSomebody(
          { kind: 'userInput', questions: [] },
          {
            threadId: 't' as never,
            turnId: null,
            callId: null,
            deadlineMs: below(2) === 0 ? null : below(100),
            keys: [],
            site: {} as never,
            signal: owner.signal,
          },
          {
            requests,
            answerers: {
              known: () => (below(8) === 0 ? { result: { outcome: 'declined' }, by: 'known' } : null),
              ask: () => {
                if (soon === 0) return { result: { outcome: 'nobody' }, by: null }
                if (soon === 1) return 'waits'
                const answer = new Deferred<Answered | 'waits'>()
                thinking.push(answer)
                return answer.promise
              },
            },
          },
        ),
      )
    } else if (what === 2) owners[below(Math.max(1, owners.length))]?.abort()
    else if (what === 3)
      thinking[below(Math.max(1, thinking.length))]?.resolve({ result: { outcome: 'answered', value: VALUE } as never, by: 'x' })
    else if (what === 4) thinking[below(Math.max(1, thinking.length))]?.reject(new Error('gone'))
    else if (what === 5) {
      const request = open()
      if (request === undefined) continue
      const by = { by: 'client', cause: 's' as never }
      if (!requests.answer(request.id, 'userInput', VALUE, by)) throw new Error('an open request could not be answered')
      if (requests.answer(request.id, 'userInput', VALUE, by)) settledTwice += 1
    } else if (what === 6) waiting.beginHold()
    else if (what === 7) waiting.endHold()
    else await clock.advance(below(60))
    if (below(2) === 0) await tick()
  }
  while (waiting.endHold()) void 0
  for (const owner of owners) owner.abort()
  await tick()
  const settled = (await Promise.all(results)).length
  const unequal = [...told].filter(([, events]) => events.length !== 2).map(([id, events]) => `${id}: ${events.join(', ')}`)
  return {
    settled: settled === results.length,
    open: requests.list().length,
    settledTwice,
    unequal,
    held: waiting.people.active,
    sleeping: clock.sleeping,
  }
}

const ONCE = { settled: true, open: 0, settledTwice: 0, unequal: [], held: false, sleeping: 0 }

test('whatever happens, each request is settled exactly once and nothing of it is left (I14, H5)', async () => {
  // One after the other: each is driven by hand, on the microtasks of this one.
  // oxlint-disable-next-line no-await-in-loop
  for (let seed = 1; seed <= 300; seed += 1) expect([seed, await settleAtRandom(seed)]).toEqual([seed, ONCE])
})

const PATHS = ['/a', '/a/b', '/a/b/c', '/a/x', '/ab', '/d', '/'].map((path) => AbsolutePath.from(path))

function within(paths: readonly AbsolutePath[], roots: readonly AbsolutePath[]): boolean {
  return paths.every((path) => roots.some((root) => path === root || path.startsWith(root === '/' ? root : `${root}/`)))
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

/** The claims that do not hold for sets of permissions made from a seed. */
function brokenClaims(seed: number): readonly string[] {
  const below = chance(seed)
  const some = (): AbsolutePath[] => PATHS.filter(() => below(3) === 0)
  const made = () => ({ network: ([true, false, null] as const)[below(3)] ?? null, read: some(), write: some() })
  const [asked, given, more] = [made(), made(), made()]
  const granted = grantedOf(asked, { permissions: given, scope: 'session', strictAutoReview: false })
  const strict = grantedOf(asked, { permissions: given, scope: 'session', strictAutoReview: true })
  const united = unitePermissionSets(asked, given)
  const claims: Readonly<Record<string, boolean>> = {
    'granted is within asked':
      within(granted.read, asked.read) && within(granted.write, asked.write) && (granted.network !== true || asked.network === true),
    'granted is within given':
      within(granted.read, [...given.read, ...given.write]) &&
      within(granted.write, given.write) &&
      (granted.network !== true || given.network === true),
    'strict and session give nothing': same(strict, { network: null, read: [], write: [] }),
    'union holds both': within([...asked.write, ...given.write], united.write) && within([...asked.read, ...given.read], united.read),
    'union is commutative': same(unitePermissionSets(given, asked).write, united.write),
    'union is idempotent': same(unitePermissionSets(united, given), united),
    'union is associative': same(unitePermissionSets(united, more), unitePermissionSets(asked, unitePermissionSets(given, more))),
  }
  return Object.keys(claims).filter((claim) => claims[claim] === false)
}

test('what is granted is within what was asked and given; union is commutative, associative and idempotent (I16)', () => {
  for (let seed = 1; seed <= 2_000; seed += 1) expect([seed, brokenClaims(seed)]).toEqual([seed, []])
})

test('no kind takes the value of another, nor anything else', () => {
  const values: Record<RequestKind, unknown> = {
    commandApproval: { kind: 'denied', message: null },
    fileChangeApproval: { kind: 'approved' },
    toolApproval: { kind: 'approvedWithAmendment', amendment: { kind: 'commandPrefix', prefix: ['git'] } },
    userInput: { answers: { a: ['b'] } },
    permissions: { permissions: { network: null, read: ['/a'], write: [] }, scope: 'turn', strictAutoReview: false },
    dynamicTool: { content: [{ type: 'input_image', image_url: 'data:' }], success: false },
  }
  const kinds = Object.keys(values) as RequestKind[]
  for (const kind of kinds)
    for (const other of kinds)
      expect([kind, other, isAnswer(kind, values[other])]).toEqual([
        kind,
        other,
        kind === other || (kind.endsWith('Approval') && other.endsWith('Approval')),
      ])
  for (const value of [undefined, null, 7, 'approved', [], {}, { kind: 'denied' }, { kind: 'approvedWithAmendment' }, { kind: 'toString' }])
    expect(kinds.filter((kind) => isAnswer(kind, value))).toEqual([])
})
