import { calls, says, scriptedModel } from '@octavo/testing'
import { defineExtension, defineTool, stateKey } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'
import * as z from 'zod'

const target = z.object({ to: z.string() })
const deploy = defineTool({ name: 'deploy', description: 'Deploys.', input: target, execute: ({ to }) => `deployed to ${to}` })
const check = defineTool({ name: 'check', description: 'Runs the checks.', input: z.object({}), execute: () => 'all checks pass' })

const checks = stateKey('turn', 'checks', () => ({ ran: false }))

const guard = defineExtension({
  id: 'guard',
  contributes: {
    tools: [deploy, check],
    // Before a call is planned: it is refused, or goes on with other arguments.
    preToolUse: {
      intercept({ tool, raw }) {
        if (tool.name !== 'deploy') return { kind: 'allow' }
        const { to } = target.parse(JSON.parse(raw))
        if (to === 'production') return { kind: 'deny', message: 'nothing goes to production by itself; try staging' }
        return { kind: 'rewrite', raw: JSON.stringify({ to: `${to}.example` }) }
      },
    },
    toolLifecycle: {
      finished({ tool }, { kind }, { state }) {
        if (tool.name === 'check' && kind === 'ok') state.set(checks, { ran: true })
      },
    },
    postToolUse: {
      intercept(_call, { content }) {
        console.log(`heard: ${String(content)}`)
        return { kind: 'keep' }
      },
    },
    // When the turn would end: one more step.
    turnEnd: {
      wantsAnotherStep: (_turn, _lastMessage, { state }) =>
        state.get(checks).ran ? [] : [{ type: 'text', text: 'Run the checks before you finish.' }],
    },
  },
})

const model = scriptedModel([
  calls('deploy', { to: 'production' }),
  calls('deploy', { to: 'staging' }),
  says('Deployed to staging.'),
  calls('check', {}),
  says('Deployed to staging, and checked.'),
])

await using octavo = await createOctavo(embedded({ model, extensions: [guard] }))
const thread = await octavo.startThread()
const turn = await thread.run('Deploy it')
console.log((await turn.done).lastMessage)
