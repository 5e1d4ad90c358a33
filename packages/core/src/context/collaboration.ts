import { isRecord } from '@octavo/base'
import type { WorldStateSection } from '@octavo/extension-api'

const PLAN = [
  'You are in plan mode: work out with the user what is to be done, and change nothing yet.',
  'Read files, search and run commands that only look; do not edit files, install anything or start work that leaves something behind.',
  'Settle open questions first: ask where the answer changes the plan, and decide small things yourself, saying so.',
  'When the plan is complete, give it as your answer: the goal, the steps in order with the files they touch, how the result will be checked, and what stays open.',
  '`update_plan` keeps a checklist of work under way and is not available here. Begin the work only when plan mode has ended.',
].join('\n')

const DEFAULT = 'Plan mode has ended: carry out what was agreed, with all your tools.'

/** What the user and the model are doing together. The default mode without words of its own says nothing. */
export const collaborationSection: WorldStateSection = {
  id: 'collaboration_mode',
  slot: 'developer',
  capture: ({ settings: { collaborationMode } }) =>
    collaborationMode.mode === 'default' && collaborationMode.instructions === null ? null : { ...collaborationMode },
  render: (current, previous) => {
    if (!isRecord(current)) return previous === undefined || previous === null ? null : element(DEFAULT)
    const { instructions } = current
    return element(typeof instructions === 'string' ? instructions : current['mode'] === 'plan' ? PLAN : DEFAULT)
  },
}

function element(text: string): string {
  return `<collaboration_mode>\n${text}\n</collaboration_mode>`
}
