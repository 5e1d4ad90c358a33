import { AbsolutePath, CancelledError, createOctavo, raceSignal, type JsonValue, type UserInput } from 'octavo'
import { createGit, type LocalConfig, localPreset, readLocalConfig } from 'octavo/local'
import { type ExecArguments, readExecArguments } from '../arguments/exec.ts'
import { findImages, readOutputSchema, requireDirectory, requireSandbox, requireTrust } from '../exec/checks.ts'
import { writeLastMessage } from '../exec/last-message.ts'
import { openThread } from '../exec/open-thread.ts'
import { resumeLine } from '../exec/resume-line.ts'
import { createSurface } from '../exec/surface.ts'
import { EXIT_PIPE_CLOSED } from '../exit.ts'
import type { Command } from '../main.ts'
import { runTurn, type TurnRequest } from '../exec/run-turn.ts'
import { COMMAND_GRACE_MS, watchReaders, watchSignals } from '../signals.ts'
import { composePrompt, planPrompt, type PromptPlan, readText } from '../stdin.ts'

/** Does one task and ends: prompt in, progress and final message out. */
export const exec: Command = async (argv, version) => {
  const given = readExecArguments(argv)
  if (given.help) {
    process.stdout.write((await import('./help.ts')).EXEC_HELP)
    return 0
  }
  // What can be known to be wrong is told before anything is waited for.
  const plan = promptOf(given)
  const cwd = requireDirectory(given.cwd ?? '.')
  const outputSchema = given.outputSchema === null ? undefined : readOutputSchema(given.outputSchema)
  const images = findImages(given.images)
  const config = await readLocalConfig(configOptions(given, cwd))
  requireTrust(given, cwd, config.trust)

  using signals = watchSignals()
  const stop = AbortSignal.any([signals.aborted, watchReaders([process.stdout, process.stderr])])
  try {
    const code = await run({ given, config, plan, images, outputSchema, version, stop })
    if (!stop.aborted) return code
  } catch (error) {
    if (!stop.aborted || !CancelledError.is(error)) throw error
  }
  await signals.dieIfSignalled()
  return EXIT_PIPE_CLOSED
}

/** Null when there is nothing to be read. @throws CommandError when there is nowhere to take a prompt from */
function promptOf({ prompt, continues, review }: ExecArguments): PromptPlan | null {
  if (review !== null && review !== 'prompt') return null
  // Like a thread that is resumed, a review takes its words as they are.
  const resumes = continues !== null || review !== null
  return planPrompt({ argument: prompt, stdinIsTerminal: process.stdin.isTTY, resumes })
}

interface Task {
  readonly given: ExecArguments
  readonly config: LocalConfig
  /** Null: what is to be reviewed was said by an option. */
  readonly plan: PromptPlan | null
  readonly images: readonly string[]
  readonly outputSchema: JsonValue | undefined
  readonly version: string
  /** Interrupts the turn. */
  readonly stop: AbortSignal
}

/** When this has returned, however, the thread is recorded and nothing of it runs any more. */
async function run({ given, config, plan, images, outputSchema, version, stop }: Task): Promise<number> {
  await using octavo = await createOctavo(
    localPreset({
      config,
      environment: process.env,
      source: 'exec',
      version,
      resumes: given.continues !== null,
      closeGraceMs: COMMAND_GRACE_MS,
    }),
  )
  requireSandbox(octavo.settings.permissions, octavo.sandbox, process.env['OCTAVO_SANDBOX'] === 'none')
  const text = plan === null ? '' : await raceSignal(readPrompt(plan), stop)
  const { review } = given
  const input = [
    ...images.map((path): UserInput => ({ type: 'localImage', path: AbsolutePath.from(path) })),
    { type: 'text', text } as const,
  ]
  const task: TurnRequest =
    review === null
      ? { input, stop, ...(outputSchema === undefined ? {} : { outputSchema }) }
      : { review: review === 'prompt' ? { type: 'custom', instructions: text } : review, stop }

  await using thread = await openThread(octavo, given, config)
  const snapshot = thread.snapshot()
  const surface = createSurface(given, snapshot, { version, hidesReasoning: config.hideReasoning, git: gitFor(config) })
  const result = await runTurn(thread, task, surface)
  await surface.finish(result, snapshot.ephemeral ? null : resumeLine(thread.id, given, config.workspaceRoots))
  if (result.status === 'completed' && given.lastMessageFile !== null) writeLastMessage(given.lastMessageFile, result.lastMessage)
  return result.status === 'completed' ? 0 : 1
}

/** Git gets what commands get. */
function gitFor({ keyVariables }: LocalConfig): ReturnType<typeof createGit> {
  const environment = new Map(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
  return createGit({ environment, strip: keyVariables })
}

function configOptions(given: ExecArguments, cwd: string): Parameters<typeof readLocalConfig>[0] {
  return {
    cwd,
    environment: process.env,
    overrides: given.overrides,
    ignoreUserConfig: given.ignoreUserConfig,
    bypass: given.bypass,
    writableRoots: given.addDirs.map(requireDirectory),
    ...(given.profile === null ? {} : { profile: given.profile }),
    flags: {
      ...(given.model === null ? {} : { model: given.model }),
      ...(given.sandbox === null ? {} : { sandboxMode: given.sandbox }),
    },
    // Nobody is there to ask: what would have to be asked is refused, with a reason the model can act on.
    defaults: { approvalPolicy: 'never' },
  }
}

async function readPrompt(plan: PromptPlan): Promise<string> {
  if (plan.kind === 'argument') return composePrompt(plan, '')
  if (plan.notice !== null) process.stderr.write(`${plan.notice}\n`)
  return composePrompt(plan, await readText(process.stdin, sayWaiting))
}

function sayWaiting(): void {
  process.stderr.write('octavo: waiting for the end of stdin; close it to begin\n')
}
