import type { PlanStep } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { planContext, toolContext } from '../../test/tool-context.ts'
import { updatePlanTool } from './index.ts'

const parse = (value: unknown) => updatePlanTool.spec.input.parse(typeof value === 'string' ? value : JSON.stringify(value))

describe('update_plan', () => {
  it('tells clients the plan of the turn and stores nothing (F47)', async () => {
    const parsed = parse({
      explanation: 'begun',
      plan: [
        { step: 'read', status: 'completed' },
        { step: 'write', status: 'in_progress' },
        { step: 'also this', status: 'in_progress' },
        { step: 'test', status: 'pending' },
      ],
    })
    if (!parsed.ok) throw new Error(parsed.message)
    const told: [string | null, readonly PlanStep[]][] = []
    const context = toolContext(new MemoryFiles(), { plan: (explanation, steps) => void told.push([explanation, steps]) })
    expect(await updatePlanTool.execute(parsed.value, context)).toEqual({
      kind: 'done',
      output: { content: 'Plan updated', success: true },
    })
    expect(told).toEqual([
      [
        'begun',
        [
          { step: 'read', status: 'completed' },
          { step: 'write', status: 'inProgress' },
          { step: 'also this', status: 'inProgress' },
          { step: 'test', status: 'pending' },
        ],
      ],
    ])
  })

  it('touches nothing and has no item of its own', async () => {
    expect(await updatePlanTool.plan({ explanation: null, steps: [] }, planContext(new MemoryFiles()))).toMatchObject({
      kind: 'run',
      effects: [],
      item: null,
    })
  })

  it('is not available in plan mode, and says where the plan belongs (F91)', async () => {
    const plan = await updatePlanTool.plan({ explanation: null, steps: [] }, planContext(new MemoryFiles(), { mode: 'plan' }))
    expect(plan).toMatchObject({
      kind: 'answer',
      output: { success: false, content: expect.stringContaining('not available in plan mode') },
    })
  })

  it('an explanation may be missing, and a plan may be empty', () => {
    expect(parse({ plan: [] })).toEqual({ ok: true, value: { explanation: null, steps: [] } })
    expect(parse({ explanation: null, plan: [] })).toEqual({ ok: true, value: { explanation: null, steps: [] } })
  })

  it.each([
    ['', 'missing field `plan`'],
    ['[]', 'invalid type: list, expected an object'],
    [{ plan: null }, 'missing field `plan`'],
    [{ plan: 'x' }, 'invalid type: expected a list of steps for `plan`'],
    [{ plan: [7] }, 'invalid type: number 7, expected an object'],
    [{ plan: [{ status: 'pending' }] }, 'missing field `step`'],
    [{ plan: [{ step: 'a' }] }, 'missing field `status`'],
    [{ plan: [{ step: 'a', status: 'done' }] }, 'unknown variant `done`, expected one of `pending`, `in_progress`, `completed`'],
    [{ plan: [{ step: 'a', status: 'toString' }] }, 'unknown variant `toString`, expected one of `pending`, `in_progress`, `completed`'],
    [{ plan: [], steps: [] }, 'unknown field `steps`, expected `explanation`, `plan`'],
    [{ plan: [{ step: 'a', status: 'pending', note: '' }] }, 'unknown field `note`, expected `step`, `status`'],
    [{ explanation: 1, plan: [] }, 'invalid type: number 1, expected a string for `explanation`'],
  ])('%j is refused (F46)', (value, message) => {
    expect(parse(value)).toEqual({ ok: false, message: `failed to parse function arguments: ${message}` })
  })
})
