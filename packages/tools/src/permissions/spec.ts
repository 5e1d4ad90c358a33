import type { JsonValue } from '@octavo/base'
import { jsonInput, type ToolSpec } from '@octavo/extension-api'
import { asRecord, optionalBoolean, optionalString, optionalStrings, refuseUnknown } from '../arguments.ts'

/** What the model asks for; paths as it wrote them. */
export interface WantedPermissions {
  readonly environmentId: string | null
  readonly reason: string | null
  readonly network: boolean
  readonly read: readonly string[]
  readonly write: readonly string[]
}

const PATHS: JsonValue = { type: 'array', items: { type: 'string' } }

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    reason: { type: 'string', description: 'One short sentence to the user: what it is for.' },
    environment_id: { type: 'string', description: 'Leave out.' },
    permissions: {
      type: 'object',
      properties: {
        network: {
          type: 'object',
          properties: { enabled: { type: 'boolean', description: 'True to reach the network.' } },
          additionalProperties: false,
        },
        file_system: {
          type: 'object',
          description: 'Files and directories, with all that is in them.',
          properties: { read: PATHS, write: PATHS },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
  required: ['permissions'],
  additionalProperties: false,
}

export const requestPermissionsSpec: ToolSpec<WantedPermissions> = {
  namespace: null,
  name: 'request_permissions',
  description:
    'Asks the user for permissions beyond those of the sandbox: the network, or more files. What is granted, which may be less, holds for the ' +
    'commands you run afterwards, until the end of the turn or of the session.',
  input: jsonInput(PARAMETERS, readWanted),
  exposure: 'direct',
  concurrency: 'exclusive',
}

function readWanted(value: JsonValue): WantedPermissions {
  const record = asRecord(value)
  refuseUnknown(record, ['environment_id', 'reason', 'permissions'])
  if (record['permissions'] === undefined || record['permissions'] === null) throw new Error('missing field `permissions`')
  const permissions = asRecord(record['permissions'])
  refuseUnknown(permissions, ['network', 'file_system'])
  const network = asRecord(permissions['network'] ?? {})
  refuseUnknown(network, ['enabled'])
  const files = asRecord(permissions['file_system'] ?? {})
  refuseUnknown(files, ['read', 'write'])
  return {
    environmentId: optionalString(record, 'environment_id'),
    reason: optionalString(record, 'reason'),
    network: optionalBoolean(network, 'enabled') ?? false,
    read: optionalStrings(files, 'read') ?? [],
    write: optionalStrings(files, 'write') ?? [],
  }
}
