import { isRecord, parseJson } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'

/**
 * The API key in the text of an `auth.json`, or null when it holds no credentials at all.
 *
 * A key counts whatever `auth_mode` says; without one the mode, or the presence of tokens, decides what is told.
 *
 * @param path for messages only
 * @throws ModelError `missing_key`: the file holds a login Octavo cannot use (`data.reason` is `chatgpt_login` or `unsupported_login`),
 * or is not a JSON object (`malformed`)
 */
export function readAuthFile(text: string, path: string = 'auth.json'): string | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isRecord(parsed.value)) {
    // The parser's own words may quote the file, which holds secrets.
    throw unusable(path, 'malformed', `${path} is not a JSON object: set OPENAI_API_KEY or CODEX_API_KEY to an API key, or sign in again`)
  }
  const { OPENAI_API_KEY: key, auth_mode: mode, tokens } = parsed.value
  if (typeof key === 'string' && key.trim() !== '') return key.trim()
  const isChatGpt = mode === 'chatgpt' || mode === 'chatgptAuthTokens' || (typeof mode !== 'string' && isRecord(tokens))
  const fix = 'set OPENAI_API_KEY or CODEX_API_KEY to an API key'
  if (isChatGpt) throw unusable(path, 'chatgpt_login', `${path} holds a ChatGPT login, which Octavo cannot use yet: ${fix}`)
  if (typeof mode !== 'string' || mode === 'apikey') return null
  throw unusable(path, 'unsupported_login', `${path} holds a login of kind ${JSON.stringify(mode)}, which Octavo cannot use: ${fix}`)
}

function unusable(path: string, reason: string, message: string): ModelError {
  return new ModelError('missing_key', message, { data: { path, reason } })
}
