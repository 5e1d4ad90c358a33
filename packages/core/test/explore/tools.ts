import type { AbsolutePath } from '@octavo/base'
import { ToolFailure, TURN_AUTHORITY } from '@octavo/extension-api'
import type { AskResult, ToolAttempt, ToolContext, ToolPlan } from '@octavo/extension-api'
import type { PermissionSet, RequestPayload, TerminalId } from '@octavo/protocol'
import type { Chance } from '../chance.ts'
import { FakeTool, terminalTool } from '../fakes/tools.ts'
import type { FakeCall } from '../fakes/tools.ts'
import { PATHS } from './paths.ts'

/** What was asked for, and what came of it. */
export interface Granted {
  readonly asked: PermissionSet
  readonly result: AskResult<'permissions'>
}

/** Every kind of tool there is: waiting ones, deaf ones, terminals, some that ask, and some whose plan is odd. */
export function manyTools(chance: Chance, granted: (one: Granted) => void): readonly FakeTool[] {
  return [
    new FakeTool('shared', { onDenied: 'ask' }),
    new FakeTool('alone', { concurrency: 'exclusive' }),
    new FakeTool('deaf', { deaf: true }),
    terminalTool('exec', 400),
    new FakeTool('quick', { immediate: true }),
    new FakeTool('slow', {
      immediate: true,
      ready: aFewTurns,
    }),
    new FakeTool('asks', {
      execute: async (context, made) => {
        await askSomething(context, chance, granted)
        made.finish()
        return await made.result.promise
      },
    }),
    new FakeTool('types', { execute: async (context, made) => await typeSomething(context, made, chance) }),
    new FakeTool('odd', {
      immediate: true,
      plan: async (_input, { callId, turnId, cwd }) => await oddPlan({ callId, turnId, cwd }, chance),
    }),
  ]
}

async function aFewTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
}

/** Looks at a terminal that may be there, types into it, or ends it. */
async function typeSomething(context: ToolContext, made: FakeCall, chance: Chance): Promise<ToolAttempt<unknown>> {
  const { terminals, clock, signal } = context
  const id = String(1_000 + chance.below(4)) as TerminalId
  if (terminals.inspect(id) === null) throw new ToolFailure(`there is no ${id}`)
  const how = chance.below(3)
  if (how === 0) await terminals.interrupt(id)
  else if (how === 1) await terminals.collect(id, { untilMs: clock.monotonic() + 300, signal })
  else await terminals.terminate(id)
  made.finish()
  return await made.result.promise
}

async function askSomething(context: ToolContext, chance: Chance, granted: (one: Granted) => void): Promise<void> {
  const options = { deadlineMs: chance.is(0.4) ? 500 + chance.below(5_000) : null, signal: context.signal }
  if (chance.is(0.5)) {
    const questions: RequestPayload<'userInput'>['questions'] = [
      { id: 'q', header: 'Which', question: 'Which one?', options: [], isOther: true, isSecret: false },
    ]
    await context.ask.open({ kind: 'userInput', questions }, options)
    return
  }
  const asked = somePermissions(chance)
  const itemId = (context.item?.id ?? context.callId) as RequestPayload<'permissions'>['itemId']
  granted({ asked, result: await context.ask.open({ kind: 'permissions', itemId, reason: null, permissions: asked }, options) })
}

export function somePermissions(chance: Chance): PermissionSet {
  const some = (): readonly AbsolutePath[] => PATHS.filter(() => chance.is(0.4))
  return { network: chance.pick(true, false, null), read: some(), write: some() }
}

async function oddPlan(
  { callId, cwd }: { readonly callId: string; readonly turnId: string; readonly cwd: AbsolutePath },
  chance: Chance,
): Promise<ToolPlan> {
  const run: ToolPlan = { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item: null, onDenied: 'report' }
  const how = chance.below(5)
  if (how === 0) throw new Error(`no plan for ${callId}`)
  if (how === 1) return { kind: 'answer', output: { content: 'known already', success: true } }
  if (how === 2) return { kind: 'redirect', tool: { namespace: null, name: chance.pick('shared', 'odd', 'nowhere') }, raw: '{}', cwd }
  if (how === 3) await aFewTurns()
  return run
}
