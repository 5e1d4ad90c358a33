import type { ToolRouter, WorldStateInput } from '@octavo/extension-api'
import { raceSignal } from '@octavo/base'
import type { JsonObject } from '@octavo/base'
import { captureWorld, recordWorld } from '../context/assemble.ts'
import type { World } from '../context/assemble.ts'
import { onlyNamed, withoutEnvironment } from '../tools/registry.ts'
import { createToolRouter } from '../tools/router.ts'
import { toldEnvironments } from './environments.ts'
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
  // One after the other: the order in which extensions are asked is theirs to rely on.
  const world = await raceSignal(captureSurroundings(turn, parts, recorder.world.told), signal)
  const contributed = await raceSignal(contributors.registry(turnSite(turn, signal)), signal)
  recordWorld(world, contributors, recorder)
  const all = parts.tools.registry(contributed)
  const usable = turn.environments.selected?.length === 0 ? withoutEnvironment(all) : all
  const offered = turn.toolNames === null ? usable : onlyNamed(turn.toolNames, usable)
  return { router: createToolRouter(offered, turn.model, parts.tools.found) }
}

/** Looks at what surrounds the agent in this turn; `told`: what the model knows of it. */
export async function captureSurroundings(turn: TurnContext, { contributors }: TurnParts, told: JsonObject | null): Promise<World> {
  const { signal } = turn.scope
  const input: WorldStateInput = {
    threadId: turn.threadId,
    turnId: turn.turnId,
    settings: turn.settings,
    files: turn.files,
    shell: turn.workspace.processes.shell,
    cwd: turn.settings.cwd,
    ...toldEnvironments(turn.environments),
    today: turn.ports.today(),
    signal,
  }
  return await captureWorld(contributors, told, input, turnSite(turn, signal))
}
