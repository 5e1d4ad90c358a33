import { defineExtension, type Extension } from '@octavo/extension-api'
import type { Notice } from './preset.ts'

/** Tells what was noticed at start as warnings of each thread, once it is configured. */
export function startupNotices(notices: readonly Notice[]): Extension {
  return defineExtension({
    id: 'startup',
    contributes: {
      threadLifecycle: {
        started: (host) => {
          for (const { message } of notices) host.warn(message)
        },
      },
    },
  })
}
