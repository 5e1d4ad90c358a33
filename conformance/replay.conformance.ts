import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { normaliseHistory, replayRollout } from '@octavo/core'
import type { ResponseItem } from '@octavo/protocol'
import { readRolloutLine } from '@octavo/protocol/rollout'
import type { RolloutLine } from '@octavo/protocol/rollout'
import { expect, test } from 'vitest'

const folder = join(process.env['OCTAVO_FIXTURES'] ?? '', 'rollouts')

function linesOf(name: string): readonly RolloutLine[] {
  const texts = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((text) => text.trim() !== '')
  return texts.flatMap((text) => {
    const read = readRolloutLine(text)
    return read.ok ? [read.line] : []
  })
}

/** What the model sees, one word or line per item; context the engine put in by its role alone. */
function seen(items: readonly ResponseItem[]): readonly string[] {
  return items.map((item) => {
    if (item.type !== 'message') return item.type
    const text = item.content.map((part) => ('text' in part ? part.text : '')).join('')
    return text.startsWith('<') && !text.startsWith('<turn_aborted>') ? `${item.role} context` : `${item.role} ${text.split('\n')[0]}`
  })
}

const history = (...names: string[]): readonly string[] => seen(replayRollout(names.flatMap(linesOf)).history)

const CONTEXT = ['developer context', 'user context']
const FIRST_TURN = [
  ...CONTEXT,
  'user TOOL please check',
  'reasoning',
  'function_call',
  'function_call_output',
  'assistant Done with TOOL please check',
]

test('01: two turns by two processes, a late record after the turn end', () => {
  expect(history('01-tool-call-and-resume')).toEqual([...FIRST_TURN, 'user second question', 'assistant Done with second question'])
})

test('02: the replacement history of a compaction, then the next turn', () => {
  const items = history('02-auto-compaction-on-resume')
  expect(items).toHaveLength(6)
  expect(items.slice(0, 3)).toEqual([...CONTEXT, 'user BIG question one'])
  expect(items.slice(4)).toEqual(['user after compaction question', 'assistant Done with after compaction que'])
})

test('03: an interrupted turn keeps its call, the output and the note', () => {
  const replayed = replayRollout(linesOf('03-interrupted-turn'))
  expect(seen(replayed.history).slice(-3)).toEqual(['function_call', 'function_call_output', 'user <turn_aborted>'])
  expect(replayed.lastTurn).toBe('closed')
})

test('04: a patch call and its output', () => {
  expect(history('04-apply-patch').slice(-3)).toEqual([
    'custom_tool_call',
    'custom_tool_call_output',
    'assistant Done with PATCH add the notes',
  ])
})

test('05: a fork holds its parent up to the base, then its own turn', () => {
  expect(history('02-auto-compaction-on-resume', '05-fork-with-history-base')).toEqual([
    ...history('02-auto-compaction-on-resume'),
    'user forked question',
    'assistant Done with forked question',
  ])
})

const ROLLED_BACK = [
  'user context',
  'user first question',
  'assistant first answer',
  'user second question',
  'assistant second answer',
  'user fourth question',
  'assistant fourth answer',
]

test('06: a legacy file with a rollback, an unknown record and a record cut in half', () => {
  expect(history('06-legacy-rollback-and-damage')).toEqual(ROLLED_BACK)
})

test('07: the same after migration', () => {
  expect(history('07-legacy-migrated')).toEqual(ROLLED_BACK)
})

test('08: a torn last record is skipped, and a call that lost its output is answered', () => {
  const lines = linesOf('08-torn-tail')
  const replayed = replayRollout(lines)
  expect({ lines: lines.length, lastTurn: replayed.lastTurn }).toEqual({ lines: 12, lastTurn: 'interrupted' })
  const sent = seen(normaliseHistory(replayed.history, true))
  expect(sent.filter((item) => item === 'function_call')).toHaveLength(sent.filter((item) => item === 'function_call_output').length)
})

test('09: a rolled-back turn takes its compaction with it', () => {
  expect(history('09-legacy-rollback-of-compacted-turn')).toEqual([
    'user A question',
    'assistant A answer',
    'user C question',
    'assistant C answer',
  ])
})
