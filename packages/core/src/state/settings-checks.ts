import { AbsolutePath, isRecord, OctavoError } from '@octavo/base'
import type { ThreadSettings } from '@octavo/protocol'

/** What a value must be, in words; null when it is. */
type Check = (value: unknown) => string | null

const text: Check = (value) => (typeof value !== 'string' ? 'must be a string' : value.trim() === '' ? 'must not be empty' : null)

function nullable(check: Check): Check {
  return (value) => (value === null ? null : check(value))
}

function oneOf(...known: readonly string[]): Check {
  return (value) => (typeof value === 'string' && known.includes(value) ? null : `must be one of ${known.join(', ')}, got ${shown(value)}`)
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'must be a list'
    for (const item of value as readonly unknown[]) {
      const wrong = check(item)
      if (wrong !== null) return wrong
    }
    return null
  }
}

const path: Check = (value) => {
  const wrong = text(value)
  if (wrong !== null) return wrong
  try {
    AbsolutePath.from(value as string)
    return null
  } catch {
    return `must be an absolute path, got ${shown(value)}`
  }
}

const POLICIES = oneOf('untrusted', 'on-request', 'never')
const approvalPolicy: Check = (value) => (isRecord(value) && isRecord(value['granular']) ? null : POLICIES(value))

const PROFILES = oneOf('managed', 'external', 'disabled')
const NETWORKS = oneOf('restricted', 'enabled')
const FILE_SYSTEMS = oneOf('unrestricted', 'restricted')
const ACCESS = oneOf('read', 'write', 'deny')
const PLACES = oneOf('root', 'minimal', 'project_roots', 'tmpdir', 'slash_tmp')

const permissions: Check = (value) => {
  if (!isRecord(value)) return 'must be a permission profile'
  const { type, fileSystem, network } = value
  const wrong = PROFILES(type)
  if (wrong !== null || type === 'disabled') return wrong
  const reached = NETWORKS(network)
  if (reached !== null) return `.network ${reached}`
  if (type === 'external') return null
  if (!isRecord(fileSystem)) return '.fileSystem must be an object'
  const kind = FILE_SYSTEMS(fileSystem['type']) ?? (fileSystem['type'] === 'restricted' ? listOf(entry)(fileSystem['entries']) : null)
  return kind === null ? null : `.fileSystem ${kind}`
}

/** What would be read as no rule at all must not pass for one. */
function entry(value: unknown): string | null {
  const { path: where, access } = isRecord(value) ? value : {}
  if (!isRecord(where)) return 'must be a list of entries {path, access}'
  const { type, path: at, pattern, value: place } = where
  const named =
    type === 'path'
      ? path(at)
      : type === 'glob'
        ? text(pattern)
        : type === 'special' && isRecord(place)
          ? PLACES(place['kind'])
          : 'is unknown'
  if (named !== null) return `has an entry whose path ${named}`
  const wrong = ACCESS(access)
  return wrong === null ? null : `has an entry whose access ${wrong}`
}

const MODES = oneOf('default', 'plan')
const collaborationMode: Check = (value) => {
  if (!isRecord(value)) return 'must be a mode with its instructions'
  return MODES(value['mode']) ?? (value['instructions'] === undefined ? null : nullable(text)(value['instructions']))
}

const environment: Check = (value) => (isRecord(value) ? (text(value['id']) ?? path(value['cwd'])) : 'must be a list of environments')
const environments: Check = (value) => {
  const wrong = listOf(environment)(value)
  if (wrong !== null) return wrong
  const ids = (value as readonly { readonly id: string }[]).map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  return twice === undefined ? null : `duplicate turn environment id ${shown(twice)}`
}

/** Every setting. One that takes null takes it as "none"; absent always means "as it was". */
const CHECKS: { readonly [K in keyof ThreadSettings]: Check } = {
  provider: text,
  model: text,
  effort: nullable(text),
  summary: nullable(oneOf('auto', 'concise', 'detailed', 'none')),
  verbosity: nullable(oneOf('low', 'medium', 'high')),
  serviceTier: nullable(text),
  approvalPolicy,
  permissions,
  cwd: path,
  workspaceRoots: listOf(path),
  approvalsReviewer: oneOf('user', 'autoReview'),
  activeProfile: nullable(text),
  personality: nullable(oneOf('friendly', 'pragmatic')),
  collaborationMode,
  environments: nullable(environments),
}

/** @throws OctavoError `invalid_settings` naming the first setting that cannot be */
export function checkSettings(given: Partial<ThreadSettings>): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof ThreadSettings] : null
    const wrong = check === null ? `is no setting; known: ${Object.keys(CHECKS).join(', ')}` : check(value)
    if (wrong === null) continue
    const message = wrong.startsWith('duplicate') ? wrong : `${key}${wrong.startsWith('.') ? '' : ' '}${wrong}`
    throw new OctavoError('invalid_settings', `invalid thread settings override: ${message}`, { data: { key } })
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : value === null ? 'null' : typeof value
}
