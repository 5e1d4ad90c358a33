import type { AbsolutePath } from '@octavo/base'
import type { ReasoningSummary, Verbosity } from '../settings/settings.ts'
import type { TableShape } from './shape.ts'

/** Which model runs, and how it is asked. */
export interface ModelSection {
  readonly model?: string
  readonly model_provider?: string
  readonly review_model?: string
  readonly openai_base_url?: string
  readonly model_context_window?: number
  readonly model_auto_compact_token_limit?: number
  readonly compact_prompt?: string
  readonly experimental_compact_prompt_file?: AbsolutePath
  readonly tool_output_token_limit?: number
  readonly model_reasoning_effort?: string
  readonly model_reasoning_summary?: ReasoningSummary
  readonly model_verbosity?: Verbosity
  readonly service_tier?: string
  readonly developer_instructions?: string
  readonly model_instructions_file?: AbsolutePath
  readonly hide_agent_reasoning?: boolean
  readonly show_raw_agent_reasoning?: boolean
}

export const modelShape: TableShape<ModelSection> = {
  kind: 'table',
  keys: {
    model: { kind: 'text', about: 'Slug of the model. Default for the OpenAI API only: `gpt-5.1-codex`.' },
    model_provider: { kind: 'text', about: 'Id of a row of `model_providers` or of a built-in provider. Default `openai`.' },
    review_model: { kind: 'text', about: 'Slug of the model that reviews changes. Default: that of the thread.' },
    openai_base_url: { kind: 'text', about: 'Base URL of the built-in provider `openai`.' },
    model_context_window: { kind: 'integer', min: 1, about: 'Tokens the model takes, when the catalogue does not know it.' },
    model_auto_compact_token_limit: {
      kind: 'integer',
      min: 1,
      about: 'Tokens of a thread at which its history is shortened. Default, and at most: nine tenths of the window.',
    },
    compact_prompt: { kind: 'text', about: 'Text that asks for the summary when history is shortened.' },
    experimental_compact_prompt_file: { kind: 'path', about: 'File with that text, unless `compact_prompt` is set.' },
    tool_output_token_limit: { kind: 'integer', min: 1, about: 'Tokens of one tool output the model sees.' },
    model_reasoning_effort: { kind: 'text', about: 'How hard the model thinks, such as `low` or `high`. Default: that of the model.' },
    model_reasoning_summary: { kind: 'choice', values: ['auto', 'concise', 'detailed', 'none'], about: 'Summaries of the reasoning.' },
    model_verbosity: { kind: 'choice', values: ['low', 'medium', 'high'], about: 'Length of answers, where the model knows it.' },
    service_tier: { kind: 'text', aliases: { fast: 'priority' }, about: 'Service tier of the provider; `fast` is read as `priority`.' },
    developer_instructions: { kind: 'text', about: 'Text of the first developer message.' },
    model_instructions_file: { kind: 'path', about: 'File that replaces the base instructions.' },
    hide_agent_reasoning: { kind: 'flag', about: 'Leaves reasoning out of the output. Default `false`.' },
    show_raw_agent_reasoning: { kind: 'flag', about: 'Shows raw reasoning where the provider sends it. Default `false`.' },
  },
}
