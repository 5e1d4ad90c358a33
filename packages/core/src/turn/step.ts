import type { ToolRouter, WorldStateInput } from '@octavo/extension-api'
import { raceSignal } from '@octavo/base'
import { captureWorld, recordWorld } from '../context/assemble.ts'
import { createToolRouter } from '../tools/router.ts'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** One snapshot: the prompt, the advertised tools and the later dispatch of calls all see it. */
export interface StepContext {
  readonly router: ToolRouter
}

/** Captures the step, and records what changed around the agent since the model was last told. */
export async function captureStep(turn: TurnContext, parts: TurnParts): Promise<StepContext> {
  const { recorder, contributors } = parts
  const { signal } = turn.scope
  const input: WorldStateInput = {
    threadId: turn.threadId,
    turnId: turn.turnId,
    settings: turn.settings,
    files: turn.files,
    shell: turn.workspace.processes.shell,
    cwd: turn.settings.cwd,
    today: turn.ports.today(),
    signal,
  }
  const site = turnSite(turn, signal)
  const captured = Promise.all([captureWorld(contributors, recorder.world.told, input, site), contributors.registry(site)])
  const [world, contributed] = await raceSignal(captured, signal)
  recordWorld(world, contributors, recorder)
  return { router: createToolRouter(parts.tools.registry(contributed), turn.model, parts.tools.found) }
}
