import { isRecord } from '@octavo/base'
import type { WorldStateSection } from '@octavo/extension-api'
import type { Personality } from '@octavo/protocol'

const WORDS: Readonly<Record<Personality, string>> = {
  friendly:
    'Write to the user as a warm and patient colleague: say what you are doing and why in a few plain words, and acknowledge what went well. Warmth never replaces accuracy: say clearly what is wrong or unfinished.',
  pragmatic:
    'Write to the user as a concise senior engineer: lead with the result, give reasons only where they change a decision, and leave out pleasantries, praise and repetition.',
}

const NONE = 'No particular tone is asked for any more: write as you would by yourself.'

/** How the model is asked to sound. */
export const personalitySection: WorldStateSection = {
  id: 'personality',
  slot: 'developer',
  capture: ({ settings: { personality } }) => (personality === null ? null : { personality }),
  render: (current, previous) => {
    const name = isRecord(current) ? current['personality'] : null
    if (name === 'friendly' || name === 'pragmatic') return `<personality>\n${WORDS[name]}\n</personality>`
    return previous === undefined || previous === null ? null : `<personality>\n${NONE}\n</personality>`
  },
}
