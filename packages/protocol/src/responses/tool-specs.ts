import type { JsonValue } from '@octavo/base'

/** A tool as the model request carries it. Source: OpenAI Responses API. */
export type ToolSpecWire =
  | {
      readonly type: 'function'
      readonly name: string
      readonly description: string
      readonly parameters: JsonValue
      readonly strict: boolean
    }
  | {
      readonly type: 'custom'
      readonly name: string
      readonly description: string
      readonly format: { readonly type: 'grammar'; readonly syntax: 'lark'; readonly definition: string } | { readonly type: 'text' }
    }
  | {
      readonly type: 'namespace'
      readonly name: string
      readonly description: string
      readonly tools: readonly Extract<ToolSpecWire, { type: 'function' }>[]
    }
