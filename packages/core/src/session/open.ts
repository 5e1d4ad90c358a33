import { Session } from './session.ts'
import type { SubmissionLoop } from './submission-loop.ts'
import type { ThreadParts } from './thread-parts.ts'

/** Makes the loop of a thread. Nothing runs before its `run`. */
export function openSession(parts: ThreadParts): SubmissionLoop {
  return new Session(parts)
}
