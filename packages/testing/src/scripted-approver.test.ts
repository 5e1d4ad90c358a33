import { CancelledError } from '@octavo/base'
import type { ApprovalRequest } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { aborts, approves, approvesForSession, approvesWith, denies, scriptedApprover } from './scripted-approver.ts'

const never = new AbortController().signal
// Only passed through; its parts are not looked at.
const request = { id: 'r1' } as unknown as ApprovalRequest

test('answers come in order, and what was asked is kept', async () => {
  const approver = scriptedApprover([
    approves(),
    denies('not there'),
    'abstain',
    () => approvesForSession(),
    approvesWith('git', 'add'),
    aborts(),
  ])
  const given: unknown[] = []
  for (let count = 0; count < 6; count += 1) given.push(await approver.review(request, never))
  expect(given).toEqual([
    { kind: 'approved' },
    { kind: 'denied', message: 'not there' },
    'abstain',
    { kind: 'approvedForSession' },
    { kind: 'approvedWithAmendment', amendment: { kind: 'commandPrefix', prefix: ['git', 'add'] } },
    { kind: 'abort' },
  ])
  expect(approver.requests).toHaveLength(6)
  await expect(approver.review(request, never)).rejects.toMatchObject({ code: 'script_ended' })
})

test('one answer stands for every request', async () => {
  const approver = scriptedApprover(approves(), { id: 'reviewer', presence: 'durable' })
  expect([await approver.review(request, never), await approver.review(request, never)]).toEqual([approves(), approves()])
  expect([approver.id, approver.presence]).toEqual(['reviewer', 'durable'])
})

test('nobody may answer, until the request is withdrawn', async () => {
  const controller = new AbortController()
  const waiting = scriptedApprover('hang').review(request, controller.signal)
  controller.abort(new CancelledError('interrupted'))
  await expect(waiting).rejects.toMatchObject({ reason: 'interrupted' })
})
