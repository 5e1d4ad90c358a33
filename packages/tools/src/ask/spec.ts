import type { JsonValue } from '@octavo/base'
import { jsonInput, type ToolSpec } from '@octavo/extension-api'
import type { UserQuestion } from '@octavo/protocol'
import { asRecord, optionalBoolean, requiredString } from '../arguments.ts'

const MOST_QUESTIONS = 3

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    questions: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_QUESTIONS,
      description: 'One question is best; never more than three.',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'Names the answer, in snake_case.' },
          header: { type: 'string', description: 'A label of at most 12 characters.' },
          question: { type: 'string', description: 'One sentence.' },
          options: {
            type: 'array',
            minItems: 1,
            description:
              'Two or three answers that exclude one another, the one you would choose first. A free answer is always offered beside them.',
            items: {
              type: 'object',
              properties: {
                label: { type: 'string', description: 'A few words.' },
                description: { type: 'string', description: 'What choosing it means.' },
              },
              required: ['label', 'description'],
              additionalProperties: false,
            },
          },
          isSecret: { type: 'boolean', description: 'True when the answer must not be shown while it is typed.' },
        },
        required: ['id', 'header', 'question', 'options'],
        additionalProperties: false,
      },
    },
  },
  required: ['questions'],
  additionalProperties: false,
}

/** In the order they are asked; their ids differ. */
export type Questions = readonly UserQuestion[]

export const requestUserInputSpec: ToolSpec<Questions> = {
  namespace: null,
  name: 'request_user_input',
  description:
    'Asks the user one to three short questions and waits for the answers. Use it when a decision is theirs and the work cannot go on well without it.',
  input: jsonInput(PARAMETERS, readQuestions),
  exposure: 'direct',
  concurrency: 'exclusive',
}

function readQuestions(value: JsonValue): Questions {
  const { questions } = asRecord(value)
  if (!Array.isArray(questions) || questions.length === 0) throw new Error('`questions` must be a list with at least one question')
  if (questions.length > MOST_QUESTIONS)
    throw new Error(`${questions.length} questions are too many; ask at most ${MOST_QUESTIONS} at a time`)
  const read = questions.map(readQuestion)
  const twice = read.find(({ id }, index) => read.findIndex((other) => other.id === id) < index)
  if (twice !== undefined) throw new Error(`two questions have the id \`${twice.id}\``)
  return read
}

function readQuestion(value: unknown): UserQuestion {
  const record = asRecord(value)
  const { options } = record
  return {
    id: requiredString(record, 'id'),
    header: requiredString(record, 'header'),
    question: requiredString(record, 'question'),
    // A question without options is refused by the tool in its own words.
    options: Array.isArray(options) ? options.map(readOption) : [],
    isOther: true,
    isSecret: optionalBoolean(record, 'isSecret') ?? false,
  }
}

function readOption(value: unknown): UserQuestion['options'][number] {
  const record = asRecord(value)
  return { label: requiredString(record, 'label'), description: requiredString(record, 'description') }
}
