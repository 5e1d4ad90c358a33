import type { CommandDescription } from '@octavo/extension-api'
import { findPatch } from './command/patch.ts'
import { summarize } from './command/summarize.ts'

/** What a command line does, as far as its words tell: for display, and for sending a patch to the tool that is meant for it. */
export function describe(argv: readonly string[]): CommandDescription {
  const patch = findPatch(argv)
  return { actions: summarize(argv), patch }
}
