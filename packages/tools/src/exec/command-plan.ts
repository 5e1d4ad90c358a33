import { type AbsolutePath, describeError, joinPath } from '@octavo/base'
import type { PlanContext, ToolPlan } from '@octavo/extension-api'
import type { CommandExecutionTurnItem, ItemId } from '@octavo/protocol'
import type { AuthorityRequest } from './authority.ts'

/** A command that a tool wants to run. */
export interface PlannedCommand {
  /** Name of the tool, for its refusals. */
  readonly tool: string
  readonly argv: readonly string[]
  /** As the model gave it: relative to the turn's directory, which null and '' stand for. */
  readonly workdir: string | null
  readonly tty: boolean
  readonly authority: AuthorityRequest
  readonly source: CommandExecutionTurnItem['source']
}

const UNCALLED_PATCH =
  'apply_patch verification failed: patch detected without explicit call to apply_patch. Rerun as ["apply_patch", "<patch>"]'

/**
 * The plan of any tool that runs one command: a patch in it goes to the patch tool, a wrong way to ask is answered, and what is left runs
 * under the policy with an item of its own.
 */
export function planCommand(command: PlannedCommand, context: PlanContext): ToolPlan {
  const { tool, argv, tty, authority, source } = command
  if (!authority.ok) return answer(authority.message)
  if (argv.length === 0) return answer(`${tool} failed: the command is empty`)
  if (argv.some((word) => word.includes('\0'))) return answer(`${tool} failed: the command contains a NUL character`)
  let cwd: AbsolutePath
  try {
    cwd = resolveWorkdir(command.workdir, context.cwd)
  } catch (error) {
    return answer(`${tool} failed: ${describeError(error)}`)
  }
  const { actions, patch } = context.policy.describe(argv)
  if (patch !== null) {
    return { kind: 'redirect', tool: { namespace: null, name: 'apply_patch' }, raw: patch.raw, cwd: resolveWorkdir(patch.cwd, cwd) }
  }
  if (isUncalledPatch(argv)) return answer(UNCALLED_PATCH)
  const item: CommandExecutionTurnItem = {
    type: 'commandExecution',
    id: context.callId as string as ItemId, // items of calls bear the call's id
    originTurnId: context.turnId,
    terminalId: null,
    command: argv,
    cwd,
    actions,
    source,
    status: 'inProgress',
    output: null,
    exitCode: null,
    durationMs: null,
  }
  return {
    kind: 'run',
    environmentId: null,
    effects: [{ kind: 'exec', command: argv, cwd, tty }],
    authority: authority.authority,
    item,
    onDenied: 'ask',
  }
}

/** Words for the model instead of a run. */
export function answer(content: string): ToolPlan {
  return { kind: 'answer', output: { content, success: false } }
}

/** @throws UsageError `path_invalid` for a NUL character */
function resolveWorkdir(workdir: string | null, cwd: AbsolutePath): AbsolutePath {
  return workdir === null || workdir === '' ? cwd : joinPath(cwd, workdir)
}

/** The command is nothing but the text of a patch, alone or as the script of a shell. */
function isUncalledPatch(argv: readonly string[]): boolean {
  const text = (argv.length === 1 || /^(-l?c|-Command|\/c)$/.test(argv.at(-2) ?? '') ? (argv.at(-1) ?? '') : '').trim()
  return text.startsWith('*** Begin Patch') && text.endsWith('*** End Patch')
}
