import type { DynamicTool, Op, RequestId } from '@octavo/protocol'
import type { Chance } from '../../chance.ts'
import { NO, someValue } from '../answers.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'

/** Questions and those who answer them. */
export const asking: Area = {
  name: 'asking',
  acts: [
    act('answer', 3, (_stage, life, chance) => {
      const open = chance.of(life.pending())
      if (open === undefined) return
      // The value is of the kind that is asked for.
      const op = { type: 'answer', requestId: open.id, kind: open.kind, value: someValue(open.kind, chance) } as Op
      life.submit(op)
      if (chance.is(0.2)) life.submit(op)
    }),
    act('answer something else', 0.5, (_stage, life, chance) => {
      const open = chance.of(life.pending())
      const requestId = open?.id ?? ('nothing' as RequestId)
      const value = chance.pick<unknown>({ kind: 'surprise' }, null, NO.userInput)
      life.submit({ type: 'answer', requestId, kind: chance.pick('permissions', open?.kind ?? 'userInput'), value } as Op)
    }),
    act('say', 3, (stage, _life, chance) => stage.people.say(chance)),
    act('take back an approval', 0.3, (_stage, life, chance) => {
      const key = chance.of(life.thread.grants().keys)
      if (key !== undefined) life.thread.revokeGrant(key)
    }),
    act('take back permissions', 0.2, (_stage, life) => life.thread.revokePermissions()),
    act('hold', 0.6, (_stage, life) => {
      life.submit({ type: 'hold', change: 'begin' })
      life.holds += 1
    }),
    act('let go', 0.8, (_stage, life) => {
      life.submit({ type: 'hold', change: 'end' })
      life.holds = Math.max(0, life.holds - 1)
    }),
    act('tools of the client', 1, (_stage, life, chance) => void life.submit({ type: 'dynamicTools', tools: someTools(chance) })),
  ],
}

/** Tools that a client runs: none, one, or one that is found by a search. */
export function someTools(chance: Chance): readonly DynamicTool[] {
  const deadlineMs = chance.is(0.4) ? 1_000 : null
  const tool: DynamicTool = {
    name: 'client',
    namespace: null,
    description: 'what a client runs',
    inputSchema: { type: 'object' },
    deferLoading: false,
    deadlineMs,
    parallel: chance.is(0.5),
  }
  return chance.pick<readonly DynamicTool[]>([], [tool], [tool, { ...tool, namespace: 'far', name: 'away', deferLoading: true }])
}
