import type { AskResult, Asking } from '@octavo/extension-api'
import type { RequestKind, RequestPayload } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { planContext, toolContext } from '../../test/tool-context.ts'
import { requestUserInputTool as tool } from './index.ts'

const QUESTION = { id: 'colour', header: 'Colour', question: 'Which?', options: [{ label: 'Red', description: 'It is red.' }] }
const READ = { ...QUESTION, isOther: true, isSecret: false }

function parse(value: unknown): ReturnType<typeof tool.spec.input.parse> {
  return tool.spec.input.parse(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Answers alike whatever is asked, and keeps what was. */
function answers(result: AskResult<'userInput'>): { readonly ask: Asking; readonly asked: RequestPayload<RequestKind>[] } {
  const asked: RequestPayload<RequestKind>[] = []
  const open = async (payload: RequestPayload<RequestKind>): Promise<AskResult<RequestKind>> => {
    asked.push(payload)
    return result as AskResult<RequestKind>
  }
  return { ask: { open: open as Asking['open'] }, asked }
}

describe('request_user_input', () => {
  it('gives the model the answers by question, as JSON (F112)', async () => {
    const { ask, asked } = answers({ outcome: 'answered', value: { answers: { colour: ['Red', 'rather dark'] } } })
    const made = await tool.execute([READ], toolContext(new MemoryFiles(), { ask }))
    expect(asked).toEqual([{ kind: 'userInput', questions: [READ] }])
    expect(made).toEqual({ kind: 'done', output: { content: '{"answers":{"colour":{"answers":["Red","rather dark"]}}}', success: true } })
    const empty = answers({ outcome: 'answered', value: { answers: {} } })
    const none = await tool.execute([READ], toolContext(new MemoryFiles(), { ask: empty.ask }))
    expect(none.output.content).toBe('{"answers":{}}')
  })

  it.each([
    [{ outcome: 'cancelled' }, 'request_user_input was cancelled before receiving a response'],
    [{ outcome: 'expired' }, 'request_user_input was not answered in time'],
    [{ outcome: 'declined' }, 'request_user_input was declined'],
    [{ outcome: 'nobody', message: 'nobody is there' }, 'request_user_input is unavailable: nobody is there'],
  ] as const)('%j is told in words', async (result, message) => {
    await expect(tool.execute([READ], toolContext(new MemoryFiles(), { ask: answers(result).ask }))).rejects.toThrow(message)
  })

  it('runs alone, touches nothing, and says so when it was cut', async () => {
    expect(tool.spec.concurrency).toBe('exclusive')
    expect(await tool.plan([READ], planContext(new MemoryFiles()))).toMatchObject({ kind: 'run', effects: [], item: null })
    expect(tool.aborted?.([READ], 5)).toBe('request_user_input was cancelled before receiving a response')
  })

  it('always offers a free answer, and hides one that is a secret', () => {
    expect(parse({ questions: [{ ...QUESTION, isOther: false, isSecret: true }] })).toEqual({
      ok: true,
      value: [{ ...READ, isSecret: true }],
    })
    expect(parse({ questions: [QUESTION] })).toEqual({ ok: true, value: [READ] })
  })

  it.each([
    { ...QUESTION, options: [] },
    { ...QUESTION, options: undefined },
    { ...QUESTION, options: null },
  ])('a question without options is refused: %j', async (question) => {
    const parsed = parse({ questions: [QUESTION, { ...question, id: 'other' }] })
    if (!parsed.ok) throw new Error(parsed.message)
    expect(await tool.plan(parsed.value, planContext(new MemoryFiles()))).toEqual({
      kind: 'answer',
      output: { content: 'request_user_input requires non-empty options for every question', success: false },
    })
  })

  it.each([
    ['{', 'JSON'],
    [{}, '`questions` must be a list with at least one question'],
    [{ questions: [] }, '`questions` must be a list with at least one question'],
    [{ questions: 'Which?' }, '`questions` must be a list with at least one question'],
    [{ questions: [QUESTION, { ...QUESTION, id: 'b' }, { ...QUESTION, id: 'c' }, { ...QUESTION, id: 'd' }] }, '4 questions are too many'],
    [{ questions: [QUESTION, QUESTION] }, 'two questions have the id `colour`'],
    [{ questions: [{ ...QUESTION, id: undefined }] }, 'missing field `id`'],
    [{ questions: [{ ...QUESTION, options: ['Red'] }] }, 'expected an object'],
    [{ questions: [{ ...QUESTION, options: [{ label: 'Red' }] }] }, 'missing field `description`'],
  ])('%j is refused (F46)', (value, words) => {
    const parsed = parse(value)
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining(words) as string })
    expect(parsed.ok ? '' : parsed.message).toMatch(/^failed to parse function arguments: /)
  })
})
