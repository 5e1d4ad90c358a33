import { AbsolutePath } from '@octavo/base'
import type { ToolContext, ToolPlan } from '@octavo/extension-api'
import type { TurnItem } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { ItemLog, planContext, steppingClock, toolContext, turnState } from '../../test/tool-context.ts'
import type { Patch } from './patch.ts'
import { applyPatchTool } from './tool.ts'

const freeform = applyPatchTool()
const asFunction = applyPatchTool('function')
const text = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
const DELETION = text('*** Delete File: a')
const DELETED: Patch = { environmentId: null, hunks: [{ kind: 'delete', path: 'a' }] }

function read(raw: string, tool = freeform): Patch {
  const parsed = tool.spec.input.parse(raw)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}
const plan = async (files: MemoryFiles, ...lines: readonly string[]): Promise<ToolPlan> =>
  freeform.plan(read(text(...lines)), planContext(files))

/** Plans and runs a patch as the engine does, and tells all that was said. */
async function run(files: MemoryFiles, lines: readonly string[], changes: Partial<ToolContext> = {}) {
  const planned = await plan(files, ...lines)
  const items = new ItemLog()
  const item: TurnItem | null = planned.kind === 'run' ? planned.item : null
  const attempt = await freeform.execute(read(text(...lines)), toolContext(files, { items, item, ...changes }))
  return { attempt, told: items.told }
}

describe('how the patch tool is described', () => {
  it('is one name in two forms: a grammar, or a function of one string (F42, R20)', () => {
    expect(freeform.spec).toMatchObject({ namespace: null, name: 'apply_patch', exposure: 'direct', concurrency: 'exclusive' })
    expect(asFunction.spec).toMatchObject({ namespace: null, name: 'apply_patch', exposure: 'direct', concurrency: 'exclusive' })
    expect(freeform.spec.input.format).toBe('freeform')
    expect(asFunction.spec.input.format).toBe('json')
    expect(asFunction.spec.input.describe()).toMatchObject({ type: 'object', required: ['input'], additionalProperties: false })
  })

  it('the grammar has every production of the format', () => {
    const grammar = String(freeform.spec.input.describe())
    const defined = [...grammar.matchAll(/^(\w+):/gm)].map(([, name]) => name)
    expect(defined).toEqual([
      'start',
      'begin_patch',
      'end_patch',
      'hunk',
      'add_hunk',
      'delete_hunk',
      'update_hunk',
      'filename',
      'add_line',
      'change_move',
      'change',
      'change_context',
      'change_line',
      'eof_line',
    ])
    const used = [...grammar.replaceAll(/"[^"]*"|\/\(.*?\)\//g, '').matchAll(/\b[a-z]+_?[a-z]*\b/g)].map(([name]) => name)
    expect(used.filter((name) => !defined.includes(name) && name !== 'import' && name !== 'common')).toEqual([])
  })

  it('the patch in the description is one the parser takes', () => {
    const [example = ''] = /\*\*\* Begin Patch[\s\S]*?\*\*\* End Patch/.exec(freeform.spec.description) ?? []
    expect(read(example).hunks.map(({ kind }) => kind)).toEqual(['add', 'update', 'update', 'delete'])
  })
})

describe('what is taken for a patch', () => {
  it.each([
    ['bare text', DELETION],
    ['text in the argument of a function', JSON.stringify({ input: DELETION })],
    ['with other arguments beside it', ` {"why":"x","input":${JSON.stringify(DELETION)}} `],
    ['a JSON string', JSON.stringify(DELETION)],
    ['a heredoc', `\n<<'EOF'\n${DELETION}\nEOF`],
  ])('%s, whichever form was offered', (_, raw) => {
    expect([read(raw), read(raw, asFunction)]).toEqual([DELETED, DELETED])
  })

  const firstLine = "apply_patch verification failed: invalid patch: The first line of the patch must be '*** Begin Patch'"
  const lastLine = "apply_patch verification failed: invalid patch: The last line of the patch must be '*** End Patch'"
  it.each([
    ['hello', firstLine],
    ['', lastLine],
    ['"hello"', firstLine],
    ['"*** Begin Patch\n*** End Patch"', firstLine],
    ['{"input":"hello"}', firstLine],
    [
      text('*** Rename File: a'),
      expect.stringMatching(/^apply_patch verification failed: invalid hunk at line 2, '\*\*\* Rename File: a' is not a valid/),
    ],
    ['{"patch":"x"}', 'failed to parse function arguments: missing field `input`'],
    ['{"input":7}', 'failed to parse function arguments: invalid type: number 7, expected a string for `input`'],
    ['{"input":', expect.stringMatching(/^failed to parse function arguments: .+/)],
  ])('%j is refused with words for the model (F46)', (raw, message) => {
    expect(freeform.spec.input.parse(raw)).toEqual({ ok: false, message })
  })

  it.each([
    ['', 'failed to parse function arguments: missing field `input`'],
    ['[]', 'failed to parse function arguments: invalid type: list, expected an object'],
    ['hello', expect.stringMatching(/^failed to parse function arguments: /)],
    [JSON.stringify({ input: 'hello' }), firstLine],
  ])('as a function %j is refused too (F46)', (raw, message) => {
    expect(asFunction.spec.input.parse(raw)).toEqual({ ok: false, message })
  })
})

describe('the plan of a patch', () => {
  it('names every path, sources and destinations of moves alike, and shows the changes', async () => {
    const files = new MemoryFiles({ '/w/a': '1\n', '/w/b': '2\n' })
    expect(await plan(files, '*** Update File: a', '*** Move to: .git/config', '-1', '+x', '*** Delete File: ../w/b')).toEqual({
      kind: 'run',
      environmentId: null,
      effects: [{ kind: 'write', paths: ['/w/a', '/w/.git/config', '/w/b'] }],
      authority: { level: 'turn', justification: null, prefixRule: [], additional: null },
      item: {
        type: 'fileChange',
        id: 'call_1',
        changes: {
          '/w/a': { type: 'update', unifiedDiff: '@@ -1 +1 @@\n-1\n+x\n', movePath: '/w/.git/config' },
          '/w/b': { type: 'delete', content: '2\n' },
        },
        status: 'inProgress',
        autoApproved: null,
        stdout: null,
        stderr: null,
      },
      onDenied: 'ask',
    })
  })

  it('relative paths start where the call does (F49)', async () => {
    const context = planContext(new MemoryFiles(), { cwd: AbsolutePath.from('/w/sub') })
    expect(await freeform.plan(read(text('*** Add File: a')), context)).toMatchObject({ effects: [{ kind: 'write', paths: ['/w/sub/a'] }] })
  })

  it.each([
    ['without hunks', [], 'patch rejected: empty patch'],
    [
      'for an environment (attack 91)',
      ['*** Environment ID: x', '*** Add File: a'],
      'apply_patch environment selection is unavailable for this turn',
    ],
    ['that does not fit (F59)', ['*** Update File: f', '-x'], 'apply_patch verification failed: Failed to find expected lines in /w/f:\nx'],
    [
      'of a file that is not there (F59)',
      ['*** Update File: no', '-x'],
      'apply_patch verification failed: Failed to read file to update /w/no: No such file or directory (os error 2)',
    ],
    [
      'with two hunks for one file (attack 89)',
      ['*** Update File: f', '-a', '*** Delete File: ./f'],
      'apply_patch verification failed: invalid patch: multiple operations target /w/f',
    ],
  ])('a patch %s is answered, and nothing is asked', async (_, lines, content) => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    expect(await plan(files, ...lines)).toEqual({ kind: 'answer', output: { content, success: false } })
  })
})

describe('running a patch', () => {
  it('tells the model what was changed, and completes the item (F61, F62)', async () => {
    const files = new MemoryFiles({ '/w/m': '1\n' })
    const lines = ['*** Update File: m', '-1', '+2', '*** Add File: n.txt']
    const { attempt, told } = await run(files, lines, { clock: steppingClock(130), autoApproved: false })
    const summary = 'Success. Updated the following files:\nA n.txt\nM m\n'
    expect(attempt).toEqual({
      kind: 'done',
      output: {
        content: `Exit code: 0\nWall time: 0.1 seconds\nOutput:\n${summary}`,
        success: true,
        result: {
          applied: [
            { kind: 'modified', shown: 'm', path: '/w/m', movedFrom: null },
            { kind: 'added', shown: 'n.txt', path: '/w/n.txt', movedFrom: null },
          ],
          exact: true,
        },
      },
    })
    expect(told).toMatchObject([['complete', { status: 'completed', autoApproved: false, stdout: summary, stderr: '' }]])
    expect(Object.keys(told[0]?.[1].type === 'fileChange' ? told[0][1].changes : {})).toEqual(['/w/m', '/w/n.txt'])
    expect(files.tree).toEqual({ '/w/m': '2\n', '/w/n.txt': '' })
  })

  it('takes no time to speak of: the wall time is a whole number', async () => {
    const { attempt } = await run(new MemoryFiles(), ['*** Add File: n.txt', '+a'])
    expect(attempt.output.content).toBe('Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nA n.txt\n')
  })

  it('a failure tells why and what stays done (attack 87)', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.failing.set('write /w/f', 'io')
    const { attempt, told } = await run(files, ['*** Add File: n', '*** Update File: f', '-a'])
    const stderr = 'Failed to write file /w/f\nThese files were changed before that and stay changed:\nA n\n'
    expect(attempt).toMatchObject({
      kind: 'done',
      output: {
        content: `Exit code: 1\nWall time: 0 seconds\nOutput:\n${stderr}`,
        success: false,
        result: { applied: [{ shown: 'n' }], exact: false },
      },
    })
    expect(told).toMatchObject([['complete', { status: 'failed', autoApproved: true, stdout: '', stderr }]])
  })

  it('a failure of the first hunk has nothing more to tell', async () => {
    const files = new MemoryFiles({ '/w/other': '' })
    files.failing.set('write /w/n', 'io')
    const { attempt } = await run(files, ['*** Add File: n'])
    expect(attempt.output.content).toBe('Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to write file /w/n\n')
  })

  it('a refused write asks for more, and the second attempt goes on where the first ended', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.failing.set('write /out', 'denied')
    const lines = ['*** Update File: f', '-a', '+b', '*** Add File: /out', '*** Add File: last']
    const state = turnState()
    const planned = await plan(files, ...lines)
    const item = planned.kind === 'run' ? planned.item : null
    const stderr = 'Failed to write file /out\nThese files were changed before that and stay changed:\nM f\n'

    const items = new ItemLog()
    const first = await freeform.execute(read(text(...lines)), toolContext(files, { items, item, state }))
    expect(first).toMatchObject({
      kind: 'denied',
      denial: { kind: 'fileSystem', reason: 'Failed to write file /out' },
      output: { content: `Exit code: 1\nWall time: 0 seconds\nOutput:\n${stderr}`, success: false, result: { exact: true } },
    })
    expect(items.told).toMatchObject([['update', { status: 'inProgress', autoApproved: true, stdout: '', stderr }]])

    files.failing.clear()
    const second = await freeform.execute(read(text(...lines)), toolContext(files, { items, item, state, attempt: 2, autoApproved: false }))
    const stdout = 'Success. Updated the following files:\nA /out\nA last\nM f\n'
    expect(second).toMatchObject({
      kind: 'done',
      output: { content: `Exit code: 0\nWall time: 0 seconds\nOutput:\n${stdout}`, success: true },
    })
    expect(items.told[1]).toMatchObject(['complete', { status: 'completed', autoApproved: false, stdout, stderr: '' }])
    expect(files.tree).toEqual({ '/out': '', '/w/f': 'b\n', '/w/last': '' })
  })

  it('a second refusal is the end', async () => {
    const files = new MemoryFiles()
    files.failing.set('write /out', 'denied')
    const { attempt, told } = await run(files, ['*** Add File: /out'], { attempt: 2 })
    expect(attempt).toMatchObject({ kind: 'done', output: { success: false } })
    expect(told).toMatchObject([['complete', { status: 'failed' }]])
  })

  it('a file that changed since it was compared fails the patch and not the file', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    const lines = ['*** Update File: f', '-a', '+b']
    await plan(files, ...lines)
    files.put('/w/f', 'other\n')
    const attempt = await freeform.execute(read(text(...lines)), toolContext(files))
    expect(attempt.output.content).toBe('Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to find expected lines in /w/f:\na\n')
    expect(files.tree).toEqual({ '/w/f': 'other\n' })
  })
})
