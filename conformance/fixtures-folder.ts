import { join } from 'node:path'

/** A place in the folder of recorded files that the caller of the run named. */
export function inFixtures(...segments: readonly string[]): string {
  const folder = process.env['OCTAVO_FIXTURES']
  if (folder === undefined || folder === '') throw new Error('no folder of recorded files: npm run conformance -- <dir>')
  return join(folder, ...segments)
}
