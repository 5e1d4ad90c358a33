import type { ResponseItem, ThreadGoal } from '@octavo/protocol'

/** Said when a thread with an active goal has come to rest. */
export function continuation(goal: ThreadGoal): ResponseItem {
  const left = remainingTokens(goal)
  return internal(
    [
      'This thread has a goal that is still open. Go on working towards it.',
      `Goal: ${goal.objective}`,
      ...(left === null ? [] : [`About ${left} tokens of its budget are left.`]),
      'Look at what is done already, then take the next step that brings it closer; do not repeat work and do not ask whether to go on.',
      'When all of it holds and you have checked it, call update_goal with status "complete". When you cannot go on without the user, call it with status "blocked" and say what is missing.',
    ].join('\n'),
  )
}

/** Said once, when the budget of a goal has run out while the model works on it. */
export function budgetSpent(goal: ThreadGoal): ResponseItem {
  return internal(
    [
      `The token budget of the goal is used up (${goal.tokensUsed} of ${goal.tokenBudget ?? 0} tokens).`,
      'Start nothing new. Bring what you are doing into a usable state, then tell the user what is done and what is left.',
    ].join('\n'),
  )
}

/** Tokens left of a goal's budget; null: it has none. */
export function remainingTokens({ tokenBudget, tokensUsed }: ThreadGoal): number | null {
  return tokenBudget === null ? null : Math.max(0, tokenBudget - tokensUsed)
}

function internal(text: string): ResponseItem {
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `<codex_internal_context source="goal">\n${text}\n</codex_internal_context>` }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.goal'] },
  }
}
