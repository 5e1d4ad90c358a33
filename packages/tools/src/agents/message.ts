import { AbsolutePath } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { UserInput } from '@octavo/protocol'
import { asRecord, optionalString, requiredString } from '../arguments.ts'

export const MESSAGE_PARAMETERS: Readonly<Record<string, JsonValue>> = {
  message: { type: 'string', description: 'What the agent is told, in plain text. Give this or `items`.' },
  items: {
    type: 'array',
    description: 'What the agent is told, in parts. Give this or `message`.',
    items: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['text', 'image', 'local_image', 'skill', 'mention'] },
        text: { type: 'string', description: 'Of a `text`.' },
        image_url: { type: 'string', description: 'Of an `image`.' },
        path: { type: 'string', description: 'Of a `local_image`, a `skill` or a `mention`.' },
        name: { type: 'string', description: 'Of a `skill` or a `mention`.' },
      },
      required: ['type'],
      additionalProperties: false,
    },
  },
}

/** One of the two, and not nothing. */
export function readMessage(record: Record<string, unknown>): readonly UserInput[] {
  const message = optionalString(record, 'message')
  const items = record['items'] ?? null
  if (message !== null && items !== null) throw new Error('Provide either message or items, but not both')
  if (message !== null) {
    if (message.trim() === '') throw new Error("Empty message can't be sent to an agent")
    return [{ type: 'text', text: message }]
  }
  if (!Array.isArray(items)) throw new Error('Provide one of: message or items')
  if (items.length === 0) throw new Error("Items can't be empty")
  return items.map(readItem)
}

/** What people see of it. */
export function promptOf(input: readonly UserInput[]): string {
  return input.map((item) => (item.type === 'text' ? item.text : `[${item.type}]`)).join('\n')
}

function readItem(value: unknown): UserInput {
  const record = asRecord(value)
  const type = requiredString(record, 'type')
  switch (type) {
    case 'text':
      return { type, text: requiredString(record, 'text') }
    case 'image':
      return { type, imageUrl: requiredString(record, 'image_url') }
    case 'local_image':
      return { type: 'localImage', path: AbsolutePath.from(requiredString(record, 'path')) }
    case 'skill':
    case 'mention':
      return { type, name: requiredString(record, 'name'), path: requiredString(record, 'path') }
    default:
      throw new Error(`unknown variant \`${type}\`, expected one of \`text\`, \`image\`, \`local_image\`, \`skill\`, \`mention\``)
  }
}
