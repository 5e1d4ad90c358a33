import type { JsonValue } from '@octavo/base'
import type { ToolSpec } from '@octavo/extension-api'
import { jsonInput } from '@octavo/extension-api'
import { asRecord, optionalString, requiredString } from '../arguments.ts'

export interface ViewImageInput {
  /** As the model wrote it. */
  readonly path: string
}

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: { path: { type: 'string', description: 'Path of the image file; a relative one starts at the working directory.' } },
  required: ['path'],
  additionalProperties: false,
}

export const viewImageSpec: ToolSpec<ViewImageInput> = {
  namespace: null,
  name: 'view_image',
  description:
    'Shows you an image file (PNG, JPEG, WebP or GIF) of this machine. Use it when a picture matters and you have only its path.',
  input: jsonInput(PARAMETERS, readViewImage),
  exposure: 'direct',
  concurrency: 'shared',
  needsEnvironment: true,
}

/**
 * `detail` is understood and not advertised: no row of the model catalogue says yet which model takes `original`, and to the others it
 * means the default.
 */
function readViewImage(value: JsonValue): ViewImageInput {
  const record = asRecord(value)
  const path = requiredString(record, 'path')
  const detail = optionalString(record, 'detail')
  if (detail !== null && detail !== 'high' && detail !== 'original') {
    throw new Error(
      `view_image.detail only supports \`high\` or \`original\`; omit \`detail\` for default high resized behavior, got \`${detail}\``,
    )
  }
  return { path }
}
