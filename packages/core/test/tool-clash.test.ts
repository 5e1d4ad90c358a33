import { UsageError } from '@octavo/base'
import { defineExtension, jsonInput } from '@octavo/extension-api'
import type { ToolHandler } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { createToolRegistry } from '../src/tools/registry.ts'
import { createEngine } from '../src/index.ts'

const tool = (name: string, namespace: string | null = null): ToolHandler => ({
  spec: { name, namespace, description: '', input: jsonInput({ type: 'object' }), exposure: 'direct', concurrency: 'shared' },
  plan: () => ({ kind: 'answer', output: { content: '', success: true } }),
  execute: async () => ({ kind: 'done', output: { content: '', success: true } }),
})

test('two extensions with a tool of one name are told when the engine is made, both by name', () => {
  const extensions = [
    defineExtension({ id: 'a', contributes: { tools: [tool('x')] } }),
    defineExtension({ id: 'b', contributes: { tools: [tool('x', 'functions')] } }),
  ]
  // Nothing but the extensions is looked at before the first thread.
  const make = (): unknown =>
    createEngine({ extensions } as unknown as Parameters<typeof createEngine>[0], {} as Parameters<typeof createEngine>[1])
  expect(make).toThrow(UsageError)
  expect(make).toThrow('tool x is offered by both a and b; rename one of them')
})

test('the same name in another namespace is another tool', () => {
  const registry = createToolRegistry()
    .with([tool('x')], 'a')
    .with([tool('x', 'mine')], 'b')
  expect(registry.all()).toHaveLength(2)
})
