import { AbsolutePath } from '@octavo/base'
import type { Approver } from '@octavo/extension-api'
import { calls, patches, says, scriptedModel } from '@octavo/testing/scripted-model'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { expect, test } from 'vitest'
import { createOctavo } from '../create-octavo.ts'
import { embedded } from './preset.ts'

const ADD = '*** Begin Patch\n*** Add File: note.txt\n+kept\n*** End Patch'

function toolNames(model: ReturnType<typeof scriptedModel>): readonly string[] {
  return (model.requests[0]?.tools ?? []).map((tool) => tool.name)
}

test('without a workspace there is nothing to act on, and no built-in tool is offered', async () => {
  const model = scriptedModel([says('hello')])
  await using octavo = await createOctavo(embedded({ model }))
  await (
    await (await octavo.startThread()).run('Hello')
  ).done
  expect(toolNames(model)).toEqual([])
})

test('with a workspace the built-in tools act on it', async () => {
  const model = scriptedModel([patches(ADD), says('added')])
  const cwd = AbsolutePath.from('/project')
  const workspace = createMemoryWorkspace(cwd)
  const sandbox = { kind: 'bubblewrap', working: true, reason: null } as const
  await using octavo = await createOctavo(embedded({ model, cwd, workspace: () => workspace, sandbox }))
  const { lastMessage } = await (await (await octavo.startThread()).run('Add a note')).done
  expect(lastMessage).toBe('added')
  expect(new TextDecoder().decode(await workspace.files.read(AbsolutePath.from('/project/note.txt')))).toBe('kept\n')
  expect(toolNames(model)).toEqual([
    'exec_command',
    'write_stdin',
    'apply_patch',
    'update_plan',
    'view_image',
    'request_user_input',
    'request_permissions',
  ])
})

test('what must be asked is denied at once when nobody is attached, and asked when somebody is (R36)', async () => {
  const cwd = AbsolutePath.from('/project')
  const workspace = createMemoryWorkspace(cwd)
  const outcomes: string[] = []
  const me: Approver = { id: 'me', presence: 'live', review: async () => ({ kind: 'approved' }) }
  for (const approvers of [[], [me]]) {
    const model = scriptedModel([calls('exec_command', { cmd: 'rm -f note.txt' }), says('done')])
    await using octavo = await createOctavo(embedded({ model, cwd, workspace: () => workspace, approvers }))
    const thread = await octavo.startThread()
    using _ = thread.on('request.resolved', ({ outcome }) => outcomes.push(`${outcome.outcome} ${outcome.by ?? '-'}`))
    await (
      await thread.run('Tidy up')
    ).done
  }
  expect(outcomes).toEqual(['nobody -', 'answered me'])
})

test('instructions and settings are those the program gives', async () => {
  const model = scriptedModel([says('hello')])
  await using octavo = await createOctavo(embedded({ model, instructions: 'Be brief.', settings: { effort: 'high' } }))
  await (
    await (await octavo.startThread()).run('Hello')
  ).done
  expect(model.requests[0]).toMatchObject({ instructions: 'Be brief.', effort: 'high', model: 'scripted-model' })
})
