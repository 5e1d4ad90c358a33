import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CancelledError, createOctavo, type Octavo, type Thread } from 'octavo'
import { localPreset, readLocalConfig } from 'octavo/local'
import { ArgumentsError } from '../arguments/flags.ts'
import { policyApprover, terminalApprover } from '../demo/approver.ts'
import { launcher } from '../launcher.ts'
import { addEvidence, type Evidence, NO_EVIDENCE, showDiff } from '../demo/report.ts'
import { createDemoRepository, type DemoRepository } from '../demo/repository.ts'
import { BACKUP_FILE, DEMO_PROMPT, demoModel, REMOVAL } from '../demo/script.ts'
import { runTurn } from '../exec/run-turn.ts'
import { folded, type Surface } from '../exec/surface.ts'
import { CommandError, EXIT_PIPE_CLOSED } from '../exit.ts'
import type { Command } from '../main.ts'
import { showCommand } from '../render/command-line.ts'
import { humanProjection, summarize } from '../render/human.ts'
import { createStyle, printable, type Style, wantsColor } from '../render/style.ts'
import { COMMAND_GRACE_MS, watchReaders, watchSignals } from '../signals.ts'

/** A whole task offline: only the model is scripted. */
export const demo: Command = async (argv, version) => {
  const [first] = argv
  if (first === '--help' || first === '-h') {
    process.stdout.write((await import('./help.ts')).helpFor('demo') ?? '')
    return 0
  }
  if (first !== undefined) throw new ArgumentsError(`unexpected argument ${JSON.stringify(first)}`)
  const style = createStyle(wantsColor('auto', process.stdout.isTTY, process.env))
  using signals = watchSignals()
  const stop = AbortSignal.any([signals.aborted, watchReaders([process.stdout, process.stderr])])
  try {
    const code = await run({ version, style, stop })
    if (!stop.aborted) return code
  } catch (error) {
    if (!stop.aborted || !CancelledError.is(error)) throw error
  }
  await signals.dieIfSignalled()
  return EXIT_PIPE_CLOSED
}

interface Show {
  readonly version: string
  readonly style: Style
  /** Interrupts the turn. */
  readonly stop: AbortSignal
}

async function run({ version, style, stop }: Show): Promise<number> {
  const repository = createDemoRepository()
  say(
    style.bold('This is a demonstration: the model is a script. The engine, its tools, its policy, the sandbox and the files are real.'),
    `A repository with a failing test was made in ${repository.dir}`,
    '',
  )
  if (repository.passes()) throw new CommandError(`the test in ${repository.dir} passes already: there is nothing to show`)
  await using octavo = await createOctavo(await presetFor(repository, version, style))
  if (!octavo.sandbox.working) {
    say(style.yellow(`No sandbox works here (${printable(octavo.sandbox.reason ?? 'none was found')}).`))
    say('The demo goes on without one, in its own directory only: its commands are known beforehand.', '')
  }
  await using thread = await octavo.startThread(
    octavo.sandbox.working ? {} : { settings: { permissions: { type: 'external', network: 'restricted' } } },
  )
  const evidence = await play(thread, { version, style, stop }, octavo.sandbox.working)
  const passes = repository.passes()
  say('', style.bold('The difference'), ...showDiff(evidence.patches, repository.dir, style), '')
  say(...goingOn(octavo, thread, repository, style))
  const hasFailed = evidence.testExits.length === 2 && evidence.testExits[0] !== 0
  if (hasFailed && evidence.testExits[1] === 0 && passes) return 0
  say('', style.red(`The demo did not come out as it should: the test ended with ${evidence.testExits.join(', then ') || 'nothing'}.`))
  return 1
}

/** Shows the turn as it happens and returns what it proved. */
async function play(thread: Thread, { version, style, stop }: Show, isConfined: boolean): Promise<Evidence> {
  let evidence = NO_EVIDENCE
  const sandbox = isConfined ? {} : { sandbox: 'none: nothing confines the commands of this demo' }
  const options = { version, style, tailLines: 12, hidesReasoning: false, ...sandbox }
  const show = folded(humanProjection(options), thread.snapshot(), (line) => say(line))
  const surface: Pick<Surface, 'show'> = {
    show: (envelope) => {
      show.next(envelope)
      evidence = addEvidence(evidence, envelope)
    },
  }
  const result = await runTurn(thread, { input: [{ type: 'text', text: DEMO_PROMPT }], stop }, surface)
  if (result.status === 'interrupted') throw new CancelledError('interrupted')
  say('', ...summarize(show.state(), style))
  return evidence
}

async function presetFor(repository: DemoRepository, version: string, style: Style): Promise<ReturnType<typeof localPreset>> {
  const model = demoModel(() => !existsSync(join(repository.dir, BACKUP_FILE)))
  const config = await readLocalConfig({
    cwd: repository.dir,
    environment: process.env,
    ignoreUserConfig: true,
    flags: { model: model.slug, sandboxMode: 'workspace-write', approvalPolicy: 'on-request' },
  })
  const isAsked = process.stdin.isTTY && process.stdout.isTTY
  const approver = isAsked
    ? terminalApprover(style)
    : policyApprover(({ payload }) => payload.kind === 'commandApproval' && showCommand(payload.command) === REMOVAL)
  return localPreset({
    config,
    environment: process.env,
    providers: [model],
    approvers: [approver],
    source: 'exec',
    version,
    closeGraceMs: COMMAND_GRACE_MS,
  })
}

function goingOn(octavo: Octavo, thread: Thread, { dir }: DemoRepository, style: Style): readonly string[] {
  const { location } = thread.snapshot()
  const flag = octavo.sandbox.working ? '-s workspace-write' : '-s danger-full-access'
  return [
    `${style.bold('thread')}  ${thread.id}`,
    `${style.bold('rollout')} ${location ?? 'none'}`,
    '',
    'To go on with a real model, in the same thread:',
    '',
    '  export OPENAI_API_KEY=…',
    `  ${launcher()} exec -C ${dir} ${flag} resume ${thread.id} "Add a case for zero people to the test"`,
  ]
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
