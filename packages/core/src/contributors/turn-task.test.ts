import { CancelledError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { Extension, TurnTaskHost } from '@octavo/extension-api'
import type { OpOf, SessionId, ThreadId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { LevelState } from '../state/extension-state.ts'
import { ContributorHost } from './host.ts'
import type { ContributorSite } from './host.ts'

const OP: OpOf<'review'> = { type: 'review', target: { type: 'uncommittedChanges' } }
/** Nothing here waits for time. */
const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.reject(new Error('nobody sleeps here')) }

function reviewing(review: () => unknown): {
  readonly host: ContributorHost
  readonly run: (signal: AbortSignal) => Promise<string | null>
} {
  const extension: Extension = { id: 'reviewer', contributes: { turnTasks: { review: review as () => Promise<string | null> } } }
  const host = new ContributorHost({ id: 'octavo', contributes: {} }, [extension], clock, () => {})
  const run = async (signal: AbortSignal): Promise<string | null> => {
    const site: ContributorSite = {
      threadId: 'thread' as ThreadId,
      sessionId: 'session' as SessionId,
      turnId: null,
      state: new LevelState('thread', 'thread', null),
      clock,
      signal,
    }
    return (await host.turnTask('review')?.run(OP, {} as TurnTaskHost, site, () => {})) ?? null
  }
  return { host, run }
}

const going = new AbortController().signal

test('the work of a turn is done by the extension that offers it, and by none where none does', async () => {
  expect(await reviewing(async () => 'fine').run(going)).toBe('fine')
  expect(await reviewing(() => null).run(going)).toBe(null)
  expect(new ContributorHost({ id: 'octavo', contributes: {} }, [], clock, () => {}).turnTask('review')).toBe(null)
})

test.each([
  ['throws', () => Promise.reject(new Error('no reviewer')), 'no reviewer'],
  ['gives no words', () => 42, 'it returned a number where a text is due'],
])('work that %s is the error of the turn, naming who was to do it', async (_what, review, why) => {
  const { host, run } = reviewing(review)
  await expect(run(going)).rejects.toMatchObject({
    code: 'contributor_failed',
    message: `extension reviewer failed in turnTasks: ${why}`,
    data: { extension: 'reviewer', kind: 'turnTasks' },
  })
  expect(host.health()).toEqual([{ id: 'reviewer', failures: { turnTasks: 1 }, stopped: [] }])
})

test('work has no deadline, and ends when its turn is cut', async () => {
  const cut = new AbortController()
  const working = reviewing(() => new Promise(() => {})).run(cut.signal)
  cut.abort(new CancelledError('interrupted'))
  await expect(working).rejects.toMatchObject({ reason: 'interrupted' })
})
