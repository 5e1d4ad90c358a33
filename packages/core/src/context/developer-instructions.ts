import type { WorldStateSection } from '@octavo/extension-api'

/** The host's own words to the model, after the base instructions. */
export function developerInstructionsSection(text: string): WorldStateSection {
  return {
    id: 'developer_instructions',
    slot: 'developer',
    capture: () => text,
    render: (current) => (typeof current === 'string' && current.trim() !== '' ? current : null),
  }
}
