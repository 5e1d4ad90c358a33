// A real model by its base URL: any server that speaks the Responses API, or Chat Completions with `wire: 'chat'`. Text is shown as it
// comes, a tool that acts outside asks first, and the same thread goes on in a second engine, as it would in another process.
//
//   OPENAI_API_KEY=… node --conditions=@octavo/source examples/real-model.ts https://api.openai.com/v1 gpt-5.1-codex

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { AbsolutePath, type Approver, DEFAULT_RETRY_LIMITS, defineTool, joinPath, planToolCall, type Thread } from 'octavo'
import { createOctavo, embedded, type Octavo } from 'octavo/embedded'
import { createJsonlStore, createOpenAiProvider } from 'octavo/local'
import * as z from 'zod'

const [baseUrl = 'https://api.openai.com/v1', model = 'gpt-5.1-codex'] = process.argv.slice(2)

await using provider = createOpenAiProvider({
  id: 'mine',
  name: 'My server',
  baseUrl,
  wire: 'responses',
  auth: { kind: 'env', name: 'OPENAI_API_KEY' },
  limits: DEFAULT_RETRY_LIMITS,
  environment: new Map([['OPENAI_API_KEY', process.env['OPENAI_API_KEY'] ?? '']]),
  originator: 'octavo_example',
  userAgent: 'octavo-example/1.0',
  isOpenAi: new URL(baseUrl).hostname === 'api.openai.com',
})

const note = z.object({ text: z.string() })
const send = defineTool({
  name: 'send_note',
  description: 'Sends a short note to the team.',
  input: note,
  // What a call touches is told before it runs; something outside has to be asked for.
  plan: (input, context) => {
    const plan = planToolCall({ namespace: null, name: 'send_note' }, input, context)
    return plan.kind === 'run' ? { ...plan, effects: [{ kind: 'external', server: 'team', tool: 'send_note' }] } : plan
  },
  execute: ({ text }) => `sent: ${text}`,
})

const person: Approver = {
  id: 'person',
  presence: 'live',
  review: async ({ payload }, signal) => {
    if (payload.kind !== 'toolApproval') return { kind: 'denied', message: 'only notes are sent here' }
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    try {
      const answer = await terminal.question(`\nLet it call ${payload.tool}? [y/N] `, { signal })
      return answer.trim() === 'y' ? { kind: 'approved' } : { kind: 'denied', message: 'the user said no' }
    } finally {
      terminal.close()
    }
  },
}

const home = AbsolutePath.from(await mkdtemp(join(tmpdir(), 'octavo-example-')))

/** Threads are kept in files below `home`: whoever opens them next goes on from there. */
async function withOctavo<T>(work: (octavo: Octavo) => Promise<T>): Promise<T> {
  await using store = createJsonlStore({ home, codexHome: joinPath(home, 'codex') })
  await using octavo = await createOctavo(embedded({ model: provider, modelName: model, tools: [send], approvers: [person], store }))
  return await work(octavo)
}

async function ask(thread: Thread, prompt: string): Promise<void> {
  using _ = thread.on('item.delta', ({ part, delta }) => void (part.kind === 'text' && process.stdout.write(delta)))
  const { status, error } = await (await thread.run(prompt)).done
  console.log(status === 'completed' ? '' : `\n${status}: ${error?.message ?? 'no reason given'}`)
}

const id = await withOctavo(async (octavo) => {
  await using thread = await octavo.startThread()
  await ask(thread, 'Send the team a note that the build is green, then say so.')
  return thread.id
})

await withOctavo(async (octavo) => {
  await using thread = await octavo.resumeThread(id)
  await ask(thread, 'What did the note say?')
})
