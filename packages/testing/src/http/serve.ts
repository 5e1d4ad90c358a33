import { readFile } from 'node:fs/promises'
import { describeError, isRecord, parseJson, UsageError } from '@octavo/base'
import type { HttpScript } from './script.ts'
import { type ScriptedServer, type ScriptedServerOptions, startScriptedServer } from './server.ts'

/**
 * Starts a server from a script in a file: an {@link HttpScript} as JSON, or just its list of answers.
 *
 * @throws UsageError `unreadable` or `invalid_script`, naming the file
 */
export async function serveFromScript(path: string, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  return await startScriptedServer(await readScript(path), options)
}

async function readScript(path: string): Promise<HttpScript> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError('unreadable', `cannot read the script ${path}: ${describeError(error)}`, { cause: error })
  }
  const parsed = parseJson(text)
  if (!parsed.ok) throw new UsageError('invalid_script', `${path} is not JSON: ${parsed.message}`)
  const script = Array.isArray(parsed.value) ? { answers: parsed.value } : parsed.value
  const answers: unknown = isRecord(script) ? script['answers'] : undefined
  if (!Array.isArray(answers) || !answers.every((answer) => isRecord(answer) && Array.isArray(answer['parts']))) {
    throw new UsageError('invalid_script', `${path} is not a script: expected a list of answers, each with "parts"`)
  }
  return script as unknown as HttpScript // written by tests and benchmarks, with the types of `script.ts`
}
