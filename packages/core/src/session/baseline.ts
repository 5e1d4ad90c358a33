import { raceSignal } from '@octavo/base'
import type { WorldStateInput } from '@octavo/extension-api'
import { captureWorld, recordTelling, tellWorld } from '../context/assemble.ts'
import { openEnvironments, toldEnvironments } from '../turn/environments.ts'
import { readingOnly } from './freeze-turn.ts'
import { threadSite } from './thread-parts.ts'
import type { ThreadParts } from './thread-parts.ts'

/**
 * What the model must be told of its surroundings before anything else stands in its history; null when it was told in this window.
 * Looks now, between turns, and records when it is called, unless a turn has told it meanwhile.
 */
export async function captureBaseline(parts: ThreadParts): Promise<(() => void) | null> {
  const { recorder, contributors, settings, ports, identity, scope } = parts
  if (recorder.world.told !== null) return null
  const { current } = settings
  const environments = openEnvironments(current, ports)
  const { workspace } = environments.primary
  const input: WorldStateInput = {
    threadId: identity.threadId,
    turnId: null,
    settings: current,
    files: workspace.restrict(readingOnly(current.permissions)).files,
    shell: workspace.processes.shell,
    cwd: current.cwd,
    ...toldEnvironments(environments),
    today: ports.today(),
    signal: scope.signal,
  }
  try {
    const capturing = captureWorld(contributors, null, input, threadSite(parts, scope.signal))
    const world = await raceSignal(capturing, scope.signal)
    // Put into words now: later nothing may fail any more.
    const telling = tellWorld(world, null, contributors)
    return () => {
      if (telling !== null && recorder.world.told === null) recordTelling(telling, null, input, recorder)
    }
  } catch (error) {
    // A thread that ends keeps what was put into it; it will be told of its surroundings when it goes on.
    if (scope.signal.aborted) return null
    throw error
  }
}
