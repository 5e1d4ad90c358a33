import { AbsolutePath } from '@octavo/base'
import { patches, says, scriptedModel } from '@octavo/testing'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import type { Approver } from 'octavo'
import { systemClock } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'

// Asked before anything that the policy does not allow by itself. Here: changes under /etc never, the rest always.
const approver: Approver = {
  id: 'careful',
  presence: 'live',
  review: async ({ payload }) => {
    if (payload.kind !== 'fileChangeApproval') return 'abstain'
    const paths = Object.keys(payload.changes)
    console.log(`asked about ${paths.join(', ')}`)
    return paths.some((path) => path.startsWith('/etc/')) ? { kind: 'denied', message: 'nothing under /etc' } : { kind: 'approved' }
  },
}

const model = scriptedModel([
  patches('*** Begin Patch\n*** Add File: /etc/motd\n+hi\n*** End Patch'),
  patches('*** Begin Patch\n*** Add File: notes.md\n+hi\n*** End Patch'),
  ({ input }) =>
    says(
      `heard: ${input.flatMap((item) => (item.type === 'custom_tool_call_output' ? [String(item.output).split('\n')[0]] : [])).join(' | ')}`,
    ),
])

const workspace = createMemoryWorkspace(AbsolutePath.from('/project'), { clock: systemClock })
await using octavo = await createOctavo(
  embedded({ model, cwd: '/project', workspace: () => workspace, approvers: [approver], approvalPolicy: 'untrusted' }),
)
const thread = await octavo.startThread()
const { lastMessage } = await (await thread.run('Leave a note')).done
console.log(lastMessage)
