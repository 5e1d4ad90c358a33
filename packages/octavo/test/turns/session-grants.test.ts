import { approvesForSession, createTestEngine, patches, says, scriptedApprover } from '@octavo/testing'
import { expect, test } from 'vitest'

const outside = (text: string): ReturnType<typeof patches> =>
  patches(`*** Begin Patch\n*** Add File: /elsewhere/notes.txt\n+${text}\n*** End Patch`)
const write = (path: string): ReturnType<typeof patches> => patches(`*** Begin Patch\n*** Add File: ${path}\n+text\n*** End Patch`)

test('what was approved for the session is listed, holds after a resume, not for a fork, and can be taken back (F66, F67)', async () => {
  const approver = scriptedApprover(approvesForSession())
  const scripts = ['one', 'two', 'three', 'four', 'five'].flatMap((text) => [outside(text), says(text)])
  await using world = createTestEngine({
    cwd: '/repo',
    settings: { approvalPolicy: 'on-request' },
    approvers: [approver],
    model: scripts,
  })
  const asked = (): number => approver.requests.length
  const thread = await world.startThread()
  expect(thread.thread.grants()).toEqual({ keys: [], permissions: { network: null, read: [], write: [] } })
  await thread.run('write it')
  await thread.run('again')
  const given = thread.thread.grants()
  expect([asked(), given.keys]).toEqual([1, ['{"kind":"write","path":"/elsewhere/notes.txt"}']])

  await using fork = await world.forkThread(thread.id)
  expect(fork.thread.grants().keys).toEqual([])
  await thread[Symbol.asyncDispose]()
  const resumed = await world.resumeThread(thread.id)
  expect(resumed.thread.grants()).toEqual(given)
  await resumed.run('once more')
  expect(asked()).toBe(1)

  const [key = ''] = given.keys
  expect([resumed.thread.revokeGrant(key), resumed.thread.revokeGrant(key), resumed.thread.grants().keys]).toEqual([true, false, []])
  await resumed[Symbol.asyncDispose]()
  await using last = await world.resumeThread(thread.id)
  await last.run('and now')
  expect(asked()).toBe(2)
  await fork.run('here')
  expect(asked()).toBe(3)
})

test('a patch outside the workspace offers its directory, which an approval that says so makes writable for the session (F64)', async () => {
  const approver = scriptedApprover([
    approvesForSession(),
    { kind: 'approvedForSession', grantRoot: true },
    approvesForSession(),
    approvesForSession(),
  ])
  await using world = createTestEngine({
    cwd: '/repo',
    settings: { approvalPolicy: 'on-request' },
    approvers: [approver],
    model: [...['/notes/a.txt', '/notes/b.txt', '/notes/deep/c.txt', '/notes/.git/hooks/x', '/top.txt'].map(write), says('done')],
  })
  const thread = await world.startThread()
  await thread.run('write them')
  const offered = approver.requests.map(({ payload }) =>
    payload.kind === 'fileChangeApproval' ? [Object.keys(payload.changes)[0], payload.grantRoot] : [],
  )
  expect(offered).toEqual([
    ['/notes/a.txt', '/notes'],
    ['/notes/b.txt', '/notes'],
    ['/notes/.git/hooks/x', null],
    ['/top.txt', null],
  ])
  expect(thread.thread.grants().permissions).toEqual({ network: null, read: [], write: ['/notes'] })
  thread.thread.revokePermissions()
  expect(thread.thread.grants().permissions.write).toEqual([])
})
