import { describeError } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import { readAuthFile } from './auth-file.ts'

/** Where the key of a provider comes from. Looked up for every request, so a key that was changed is used from the next one on. */
export type AuthSource =
  /** Requests carry no key; local servers need none. */
  | { readonly kind: 'none' }
  /** The key itself. */
  | { readonly kind: 'token'; readonly token: string }
  /** An environment variable; `instructions` say how to get a key and are told when it is missing or blank. */
  | { readonly kind: 'env'; readonly name: string; readonly instructions?: string }
  /** An `auth.json` in the format of Codex; a file that is not there holds no key. Read only. */
  | { readonly kind: 'authFile'; readonly path: string }
  /** The first of these that has a key. */
  | { readonly kind: 'first'; readonly sources: readonly AuthSource[] }

/** A key and where it was found, in words for messages. */
export interface ResolvedKey {
  readonly secret: string
  readonly origin: string
}

/**
 * Looks a key up; null when none is needed.
 *
 * @param environment variables of the host; nothing is read from the process
 * @param provider its name, for messages
 * @throws ModelError `missing_key` in one line that names the variable and the fix. `data.reason` is `unset`, `chatgpt_login`,
 * `unreadable` or `malformed`
 */
export async function resolveKey(
  source: AuthSource,
  environment: ReadonlyMap<string, string>,
  provider: string | null = null,
): Promise<ResolvedKey | null> {
  if (source.kind === 'none') return null
  const found = await lookUp(source, environment)
  if ('secret' in found) return withoutForbidden(found)
  throw found.problem ?? unset(found, provider)
}

interface Absence {
  /** Variables that would have helped. */
  readonly names: readonly string[]
  readonly places: readonly string[]
  readonly instructions: string | null
  /** Better than "not set": something is there and cannot be used. */
  readonly problem: ModelError | null
}

const NOWHERE: Absence = { names: [], places: [], instructions: null, problem: null }

async function lookUp(source: AuthSource, environment: ReadonlyMap<string, string>): Promise<ResolvedKey | Absence> {
  switch (source.kind) {
    case 'none':
      return NOWHERE
    case 'token':
      return { secret: source.token.trim(), origin: 'the configured token' }
    case 'env': {
      const secret = environment.get(source.name)?.trim() ?? ''
      if (secret !== '') return { secret, origin: source.name }
      return { ...NOWHERE, names: [source.name], instructions: source.instructions ?? null }
    }
    case 'authFile':
      return await lookUpFile(source.path)
    case 'first':
      return await lookUpFirst(source.sources, environment)
  }
}

async function lookUpFirst(sources: readonly AuthSource[], environment: ReadonlyMap<string, string>): Promise<ResolvedKey | Absence> {
  let absence = NOWHERE
  for (const source of sources) {
    const found = await lookUp(source, environment)
    if ('secret' in found) return found
    absence = {
      names: [...absence.names, ...found.names],
      places: [...absence.places, ...found.places],
      instructions: absence.instructions ?? found.instructions,
      problem: absence.problem ?? found.problem,
    }
  }
  return absence
}

async function lookUpFile(path: string): Promise<ResolvedKey | Absence> {
  const { readFile } = process.getBuiltinModule('node:fs/promises')
  const absence = { ...NOWHERE, places: [path] }
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return absence
    const message = `cannot read the key in ${path}: ${describeError(error)}`
    return { ...absence, problem: new ModelError('missing_key', message, { data: { path, reason: 'unreadable' }, cause: error }) }
  }
  try {
    const secret = readAuthFile(text, path)
    return secret === null ? absence : { secret, origin: path }
  } catch (error) {
    if (error instanceof ModelError) return { ...absence, problem: error }
    throw error
  }
}

function unset({ names, places, instructions }: Absence, provider: string | null): ModelError {
  const where = names.length > 0 ? `set ${names.join(' or ')} to your API key` : `put an API key into ${places.join(' or ')}`
  const hint = instructions === null ? '' : `. ${instructions.replace(/\s+/g, ' ').trim()}`
  const message = `no API key${provider === null ? '' : ` for ${provider}`}: ${where}${hint}`
  return new ModelError('missing_key', message, { data: { names: [...names], reason: 'unset' } })
}

function withoutForbidden(key: ResolvedKey): ResolvedKey {
  if (/^[\x21-\x7e]+$/.test(key.secret)) return key
  const message = `the API key in ${key.origin} has a space or another character that a key cannot have: set it again`
  throw new ModelError('missing_key', message, { data: { names: [key.origin], reason: 'malformed' } })
}
