import { describeError, OctavoError } from '@octavo/base'
import type { SettingsOverrides, ThreadSettings } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import { openEnvironments } from '../turn/environments.ts'
import type { ThreadParts } from './thread-parts.ts'

/** What an override would give, without taking it; why it cannot be taken, otherwise. Environments must be there when they are selected. */
export function checkedSettings(
  overrides: SettingsOverrides | undefined,
  { settings, ports }: Pick<ThreadParts, 'settings' | 'ports'>,
): ThreadSettings | OctavoError {
  try {
    const next = settings.preview(overrides ?? {})
    if (overrides?.environments !== undefined) openEnvironments(next, ports)
    return next
  } catch (error) {
    return OctavoError.is(error) ? error : new RefusedError('invalid_settings', describeError(error), { cause: error })
  }
}
