import { jsonInput, planToolCall } from '@octavo/extension-api'
import type { ToolHandler } from '@octavo/extension-api'
import { toolConformance } from '@octavo/testing/conformance'
import { applyPatchTool, execCommandTool } from '@octavo/tools'

const name = { namespace: 'manners', name: 'greet' }

const greet: ToolHandler = {
  spec: {
    ...name,
    description: 'Greets everybody',
    input: jsonInput({ type: 'object', properties: {} }),
    exposure: 'direct',
    concurrency: 'shared',
  },
  plan: (_input, context) => planToolCall(name, {}, context),
  execute: async () => ({ kind: 'done', output: { content: 'Hello', success: true } }),
}

toolConformance({ tool: greet, input: {} })

toolConformance({
  tool: execCommandTool,
  name: 'the built-in tool exec_command',
  input: { cmd: 'make' },
  commands: { make: { stdout: 'ok\n', ms: 20 } },
})

toolConformance({
  tool: applyPatchTool('freeform'),
  name: 'the built-in tool apply_patch',
  input: '*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch',
  files: { 'a.txt': 'one\n' },
})
