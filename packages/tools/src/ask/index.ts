import { TURN_AUTHORITY, type AskResult, type ToolHandler } from '@octavo/extension-api'
import { cutText, refused } from '../unanswered.ts'
import { type Questions, requestUserInputSpec } from './spec.ts'

/** The tool `request_user_input`: asks the user, and gives the model the answers by the ids of the questions. */
export const requestUserInputTool: ToolHandler<Questions> = {
  spec: requestUserInputSpec,
  plan(questions) {
    if (questions.some(({ options }) => options.length === 0)) {
      const content = 'request_user_input requires non-empty options for every question'
      return { kind: 'answer', output: { content, success: false } }
    }
    return { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item: null, onDenied: 'report' }
  },
  aborted: () => cutText('request_user_input'),
  async execute(questions, context) {
    const result = await context.ask.open({ kind: 'userInput', questions }, { deadlineMs: null, signal: context.signal })
    if (result.outcome !== 'answered') throw refused('request_user_input', result)
    return { kind: 'done', output: { content: JSON.stringify({ answers: wireAnswers(result.value) }), success: true } }
  },
}

type Answers = Extract<AskResult<'userInput'>, { readonly outcome: 'answered' }>['value']

function wireAnswers({ answers }: Answers): Readonly<Record<string, { readonly answers: readonly string[] }>> {
  return Object.fromEntries(Object.entries(answers).map(([id, given]) => [id, { answers: given }]))
}
