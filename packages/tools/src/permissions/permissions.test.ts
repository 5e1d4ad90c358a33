import type { AskResult, Asking } from '@octavo/extension-api'
import type { PermissionsValue, RequestKind, RequestPayload } from '@octavo/protocol'
import { AbsolutePath } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { planContext, toolContext } from '../../test/tool-context.ts'
import { requestPermissionsTool as tool } from './index.ts'

const WANTED = { environmentId: null, reason: 'to build', network: true, read: [], write: ['../out', '/srv'] }

function parse(value: unknown): ReturnType<typeof tool.spec.input.parse> {
  return tool.spec.input.parse(JSON.stringify(value))
}

async function ask(result: AskResult<'permissions'>): Promise<{ readonly content: unknown; readonly asked: readonly unknown[] }> {
  const asked: unknown[] = []
  const open = async (payload: RequestPayload<RequestKind>): Promise<unknown> => {
    asked.push(payload)
    return result
  }
  const made = await tool.execute(WANTED, toolContext(new MemoryFiles(), { ask: { open } as Asking }))
  return { content: JSON.parse(made.output.content as string), asked }
}

describe('request_permissions', () => {
  it('asks with absolute paths, and gives the model what was granted', async () => {
    const value: PermissionsValue = {
      permissions: { network: true, read: [], write: [AbsolutePath.from('/srv')] },
      scope: 'session',
      strictAutoReview: false,
    }
    const { content, asked } = await ask({ outcome: 'answered', value })
    expect(asked).toEqual([
      { kind: 'permissions', itemId: 'call_1', reason: 'to build', permissions: { network: true, read: [], write: ['/out', '/srv'] } },
    ])
    expect(content).toEqual({
      permissions: { network: { enabled: true }, file_system: { read: [], write: ['/srv'] } },
      scope: 'session',
      strict_auto_review: false,
    })
  })

  it('nothing granted is nothing', async () => {
    const value: PermissionsValue = { permissions: { network: null, read: [], write: [] }, scope: 'turn', strictAutoReview: true }
    expect((await ask({ outcome: 'answered', value })).content).toEqual({ permissions: {}, scope: 'turn', strict_auto_review: true })
  })

  it.each([
    [{ outcome: 'declined', message: 'approval policy is never' }, 'request_permissions was declined: approval policy is never'],
    [{ outcome: 'nobody' }, 'request_permissions is unavailable'],
    [{ outcome: 'cancelled' }, 'request_permissions was cancelled before receiving a response'],
  ] as const)('%j is told in words', async (result, message) => {
    await expect(ask(result)).rejects.toThrow(message)
  })

  it('runs alone and touches nothing itself', async () => {
    expect(tool.spec.concurrency).toBe('exclusive')
    expect(await tool.plan(WANTED, planContext(new MemoryFiles()))).toMatchObject({ kind: 'run', effects: [], item: null })
  })

  it.each([
    [{ ...WANTED, network: false, write: [] }, 'at least one permission'],
    [{ ...WANTED, environmentId: 'remote' }, 'leave out `environment_id`'],
  ])('%j is answered without asking', async (wanted, words) => {
    expect(await tool.plan(wanted, planContext(new MemoryFiles()))).toMatchObject({
      kind: 'answer',
      output: { content: expect.stringContaining(words) as string, success: false },
    })
  })

  it.each([
    [{ permissions: { network: { enabled: true } } }, { ...WANTED, reason: null, write: [] }],
    [
      { reason: 'to build', permissions: { network: null, file_system: { write: ['a'], read: null } } },
      { ...WANTED, network: false, write: ['a'] },
    ],
  ])('%j is understood', (value, expected) => {
    expect(parse(value)).toEqual({ ok: true, value: expected })
  })

  it.each([
    [{}, 'missing field `permissions`'],
    [{ permissions: [] }, 'expected an object'],
    [{ permissions: {}, why: '' }, 'unknown field `why`'],
    [{ permissions: { files: {} } }, 'unknown field `files`'],
    [{ permissions: { network: { enabled: true, hosts: [] } } }, 'unknown field `hosts`'],
    [{ permissions: { network: { enabled: 'yes' } } }, 'expected a boolean for `enabled`'],
    [{ permissions: { file_system: { execute: [] } } }, 'unknown field `execute`'],
    [{ permissions: { file_system: { write: '/srv' } } }, 'expected a list of strings for `write`'],
  ])('%j is refused (F46)', (value, words) => {
    expect(parse(value)).toMatchObject({ ok: false, message: expect.stringContaining(words) as string })
  })
})
