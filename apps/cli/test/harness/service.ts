import { type HttpAnswer, type HttpHandler, type RecordedRequest, type ScriptedServer, startScriptedServer } from '@octavo/testing/http'

/** A server of this test process, which is another one than that of the program it serves. */
export interface Service extends AsyncDisposable {
  readonly server: ScriptedServer
  /** Options that send `octavo exec` to it. */
  readonly responses: readonly string[]
  readonly chat: readonly string[]
  /** What was asked, in order. */
  readonly requests: readonly RecordedRequest[]
  /** The `input` or the `messages` of a request, from 1. */
  conversation(number: number): readonly Record<string, unknown>[]
}

/** Commands run as they are: what confines them is not what these tests are about. */
const OPEN = ['-s', 'danger-full-access', '-m', 'gpt-5.1-codex']

export async function startService(script: readonly HttpAnswer[] | HttpHandler): Promise<Service> {
  const server = await startScriptedServer(script)
  const table = (wire: string): string =>
    `model_providers.${wire}={name="${wire}",base_url="${server.url}",wire_api="${wire}",env_key="OPENAI_API_KEY"}`
  const toward = (wire: string): readonly string[] => [
    ...OPEN,
    '-c',
    `model_provider="${wire}"`,
    '-c',
    table('responses'),
    '-c',
    table('chat'),
  ]
  return {
    server,
    responses: toward('responses'),
    chat: toward('chat'),
    requests: server.requests,
    conversation: (number) => {
      const body = server.requests[number - 1]?.body as Record<string, unknown> | undefined
      return (body?.['input'] ?? body?.['messages'] ?? []) as readonly Record<string, unknown>[]
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
