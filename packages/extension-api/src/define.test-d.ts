import type { JsonValue } from '@octavo/base'
import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { defineExtension, defineTool, jsonInput, stateKey } from './index.ts'
import type { ContributorContext, Extension, ToolContext, ToolHandler, ToolInput } from './index.ts'

test('a tool has its input from its schema, as it is after parsing, and its result from what it does', () => {
  const tool = defineTool({
    name: 'greet',
    description: 'Greets.',
    input: z.object({ name: z.string(), times: z.number().default(1) }),
    plan: (input, { callId }) => {
      expectTypeOf(input).toEqualTypeOf<{ name: string; times: number }>()
      return { kind: 'answer', output: { content: callId, success: false } }
    },
    execute: (input, context) => {
      expectTypeOf(input.times).toBeNumber()
      expectTypeOf(context).toEqualTypeOf<ToolContext>()
      return { content: input.name, success: true, result: 1 }
    },
  })
  expectTypeOf(tool).toEqualTypeOf<ToolHandler<{ name: string; times: number }, number>>()
  expectTypeOf(tool).toExtend<ToolHandler>()
})

test('input by JSON Schema is a plain value, or what its reader makes of it', () => {
  expectTypeOf(jsonInput({})).toEqualTypeOf<ToolInput<JsonValue>>()
  expectTypeOf(jsonInput({}, (value) => ({ at: String(value) }))).toEqualTypeOf<ToolInput<{ at: string }>>()
})

test('state is of the type its key was made for, and a key names a level there is', () => {
  const seen = stateKey('thread', 'seen', () => new Set<string>())
  expectTypeOf((context: ContributorContext) => context.state.get(seen)).returns.toEqualTypeOf<Set<string>>()
  // @ts-expect-error: there is no such level
  stateKey('engine', 'seen', () => 0)
})

test('what an extension contributes is typed by its kind, and a kind that does not exist is no property', () => {
  const guard = defineExtension({
    id: 'guard',
    contributes: {
      preToolUse: {
        intercept(call, context) {
          expectTypeOf(call.raw).toBeString()
          expectTypeOf(context).toEqualTypeOf<ContributorContext>()
          return { kind: 'deny', message: 'no' }
        },
      },
      turnEnd: { wantsAnotherStep: (_turn, lastMessage) => (lastMessage === null ? [{ type: 'text', text: 'say something' }] : []) },
    },
  })
  expectTypeOf(guard).toEqualTypeOf<Extension>()
  // @ts-expect-error: a verdict that says nothing
  defineExtension({ id: 'x', contributes: { preToolUse: { intercept: () => ({ kind: 'deny' }) } } })
  // @ts-expect-error: a kind of tomorrow
  defineExtension({ id: 'x', contributes: { afterDinner: {} } })
})
