import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

async function outputOf(file: string): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  // An almost empty environment: an embedded engine takes nothing from it.
  const { stdout, stderr } = await run(process.execPath, ['--conditions=@octavo/source', path], { env: {} })
  expect(stderr).toBe('')
  return stdout
}

test('hello.ts: four lines make a thread and print its answer', async () => {
  expect(await outputOf('hello.ts')).toBe('Hello from Octavo\n')
})

test('custom-tool.ts: the model calls a tool of the program, and gets what it said', async () => {
  expect(await outputOf('custom-tool.ts')).toBe(
    ['userMessage', 'agentMessage', 'roll: completed', 'agentMessage', 'The tool said: roll 1: 4', ''].join('\n'),
  )
})

test('approval.ts: a callback decides what may be changed, and the model hears why not', async () => {
  expect(await outputOf('approval.ts')).toBe(
    ['asked about /etc/motd', 'asked about /project/notes.md', 'heard: nothing under /etc | Exit code: 0', ''].join('\n'),
  )
})

test('extension-with-state.ts: an extension keeps something for each thread', async () => {
  expect(await outputOf('extension-with-state.ts')).toBe(['the thread has 1 notes', 'the thread has 1 notes', 'With make.', ''].join('\n'))
})

test('extension-guard.ts: calls are refused and rewritten, and a turn ends when it was checked', async () => {
  expect(await outputOf('extension-guard.ts')).toBe(
    [
      'heard: nothing goes to production by itself; try staging',
      'heard: deployed to staging.example',
      'heard: all checks pass',
      'Deployed to staging, and checked.',
      '',
    ].join('\n'),
  )
})

test('resume-and-fork.ts: a thread goes on after it was closed, and in two directions', async () => {
  expect(await outputOf('resume-and-fork.ts')).toBe(
    ['one', 'one, two', 'one, two, three of the fork', 'one, two, three of the thread', ''].join('\n'),
  )
})

test('delegate-with-budget.ts: agents of their own answer within their budget, or are stopped', async () => {
  expect(await outputOf('delegate-with-budget.ts')).toBe(
    [
      'answer: 41 metres',
      'stopped: the budget of the thread is used up: 2 steps of 2 steps; give it a larger one to go on',
      'One of two.',
      '',
    ].join('\n'),
  )
})
