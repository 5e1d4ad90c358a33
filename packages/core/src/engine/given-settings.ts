import { OctavoError, UsageError } from '@octavo/base'
import type { ThreadSettings } from '@octavo/protocol'
import { Settings } from '../state/settings.ts'
import { checkSettings } from '../state/settings-checks.ts'
import type { Thread } from '../thread/thread.ts'

/** Settings with an override on top, by the rules of every override. @throws UsageError `invalid_settings` */
export function overridden(base: ThreadSettings, given: Partial<ThreadSettings>): ThreadSettings {
  return asUsage(() => new Settings(base).preview(given))
}

/** The settings a thread is loaded with, those included that nobody gave. @throws UsageError `invalid_settings` */
export function requireWhole(settings: ThreadSettings): void {
  asUsage(() => checkSettings(settings))
}

function asUsage<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw OctavoError.is(error) ? new UsageError(error.code, error.message, { data: error.data, cause: error }) : error
  }
}

/** What is asked of a thread that runs already is an override like any other. @throws RefusedError */
export async function override(thread: Thread, settings: Partial<ThreadSettings>): Promise<void> {
  const admission = await thread.submit({ type: 'settings', settings }).admitted
  if (admission.kind === 'refused') throw admission.error
}
