import { approves, calls, createTestEngine, says, scriptedApprover } from '@octavo/testing'
import { matchers } from '@octavo/testing/matchers'
import { expect, test } from 'vitest'

expect.extend(matchers) // or once, in a set-up file

test('a deployment is asked for before it runs', async () => {
  await using world = createTestEngine({
    model: [
      calls('exec_command', { cmd: 'deploy', sandbox_permissions: 'require_escalated', justification: 'Deploy?' }),
      says('Deployed.'),
    ],
    commands: { deploy: { stdout: 'live\n' } },
    approvers: [scriptedApprover(approves())],
  })
  const thread = await world.startThread()
  await thread.run('Deploy it')
  await expect(thread).toHaveCalledTool('exec_command', expect.objectContaining({ cmd: 'deploy' }))
  await expect(thread).toHaveAskedFor('commandApproval', 'answered')
  await expect(thread).toHaveToolOutput('exec_command', /live\n$/)
  await expect(thread).toHaveEndedTurn('completed')
  await expect(thread).toHaveWellFormedHistory()
})
