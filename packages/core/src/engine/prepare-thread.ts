import type { Extension, WorldStateSection } from '@octavo/extension-api'
import type { SessionId, ThreadId, ThreadSettings } from '@octavo/protocol'
import { collaborationSection } from '../context/collaboration.ts'
import { developerInstructionsSection } from '../context/developer-instructions.ts'
import { environmentSection } from '../context/environment.ts'
import { permissionsSection } from '../context/permissions.ts'
import { personalitySection } from '../context/personality.ts'
import { ContributorHost } from '../contributors/host.ts'
import type { WarnOf } from '../contributors/run.ts'
import { LevelState } from '../state/extension-state.ts'
import type { SessionStates } from '../state/session-states.ts'
import { Settings } from '../state/settings.ts'
import type { EnginePorts } from './ports.ts'

/** What a thread has before it has a file: its extensions, their state, and the settings they want for it. */
export interface PreparedThread {
  readonly contributors: ContributorHost
  readonly state: LevelState
  /** The host's settings with those of extensions on top. */
  readonly settings: ThreadSettings
  /** Where warnings go from here on; those that came before are told now. */
  readonly openWarnings: (warn: WarnOf) => void
  /** The thread has ended, or never began. */
  readonly release: () => void
}

export interface ThreadToPrepare {
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  readonly developerInstructions: string | null
  readonly settings: ThreadSettings
  readonly signal: AbortSignal
}

const SECTIONS: readonly WorldStateSection[] = [permissionsSection, collaborationSection, personalitySection, environmentSection]

/** Ids of the sections that are the engine's own. */
export const OWN_SECTIONS: readonly string[] = ['developer_instructions', ...SECTIONS.map(({ id }) => id)]

/** @throws TurnError `contributor_failed` of a required extension */
export async function prepareThread(
  { threadId, sessionId, developerInstructions, settings, signal }: ThreadToPrepare,
  { extensions, clock }: Pick<EnginePorts, 'extensions' | 'clock'>,
  sessions: SessionStates,
): Promise<PreparedThread> {
  const warnings: Parameters<WarnOf>[] = []
  let warn: WarnOf = (...warning) => void warnings.push(warning)
  const contributors = new ContributorHost(ownContext(developerInstructions), extensions, clock, (...warning) => warn(...warning))
  const session = sessions.take(sessionId)
  const state = new LevelState('thread', threadId, session.state)
  try {
    return {
      contributors,
      state,
      settings: contributors.has('config')
        ? await contributors.settings(settings, lay, { threadId, sessionId, turnId: null, state, clock, signal })
        : settings,
      openWarnings: (sink) => {
        warn = sink
        for (const warning of warnings.splice(0)) sink(...warning)
      },
      release: session.giveBack,
    }
  } catch (error) {
    session.giveBack()
    throw error
  }
}

function lay(settings: ThreadSettings, overrides: Partial<ThreadSettings>): ThreadSettings {
  return new Settings(settings).preview(overrides)
}

/** What the engine itself tells the model about its surroundings. */
function ownContext(developerInstructions: string | null): Extension {
  const own = developerInstructions === null ? [] : [developerInstructionsSection(developerInstructions)]
  return { id: 'octavo', contributes: { worldState: [...own, ...SECTIONS] } }
}
