import { formatCommandLine } from 'octavo'
import { calls, patches, responds, says, scriptedModel, type ScriptedModelProvider } from '@octavo/testing/scripted-model'
import { BROKEN_LINES, MENDED_LINES } from './repository.ts'

export const DEMO_PROMPT = 'The test fails. Find out why, mend the program, and remove the backup file an editor left behind.'

/** Lies beside the program; removing it is what has to be asked for. */
export const BACKUP_FILE = 'split.mjs.orig'
export const REMOVAL = `rm -f ${BACKUP_FILE}`

/** The test, run by the Node this program runs on: the machine may have no other. */
export const TEST_COMMAND = `${formatCommandLine([process.execPath])} test.mjs`

const PATCH = [
  '*** Begin Patch',
  '*** Update File: split.mjs',
  '@@ export function split(cents, people) {',
  ...BROKEN_LINES.map((line) => `-${line}`),
  ...MENDED_LINES.map((line) => `+${line}`),
  '*** End Patch',
].join('\n')

/**
 * Stands in for a model, and for nothing else: what it asks for is planned, allowed, confined, run and recorded by the engine as
 * always. It follows the outcome where it must: a declined removal is not claimed to be done.
 */
export function demoModel(isBackupGone: () => boolean): ScriptedModelProvider {
  return scriptedModel(
    [
      responds(
        says('I will look at what is here before I touch anything.', { phase: 'commentary' }),
        plan(0),
        calls('exec_command', { cmd: 'cat AGENTS.md split.mjs' }),
        calls('exec_command', { cmd: 'cat test.mjs' }),
      ),
      responds(plan(1), calls('exec_command', { cmd: TEST_COMMAND })),
      responds(
        plan(2),
        says('Rounding each share gains or loses cents. Sharing out what is left, one cent each, keeps the sum.', { phase: 'commentary' }),
        patches(PATCH),
      ),
      calls('exec_command', { cmd: REMOVAL }),
      responds(plan(3), calls('exec_command', { cmd: TEST_COMMAND })),
      plan(4),
      ({ input }) => says([sayOutcome(JSON.stringify(input)), sayBackup(isBackupGone())].join('\n')),
    ],
    { id: 'demo', model: { slug: 'a-script-not-a-model' } },
  )
}

const STEPS = ['Read the program and its test', 'See the test fail', 'Mend the program', 'See the test pass']

/** Keeps the plan true: so many steps are done. */
function plan(done: number): ReturnType<typeof calls> {
  const status = (index: number): string => (index < done ? 'completed' : index === done ? 'in_progress' : 'pending')
  return calls('update_plan', { plan: STEPS.map((step, index) => ({ step, status: status(index) })) })
}

function sayOutcome(conversation: string): string {
  if (!conversation.includes('all 4 pass')) return 'The test still does not pass; its output above says what went wrong.'
  return 'The test passes. `split` rounded every share, so the shares did not add up to the amount; it now rounds down and gives the cents that are left to the first people, one each.'
}

function sayBackup(isGone: boolean): string {
  return isGone
    ? `The backup file \`${BACKUP_FILE}\` is gone.`
    : `The backup file \`${BACKUP_FILE}\` is still there: it could not be removed, or that was declined.`
}
