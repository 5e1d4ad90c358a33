import { realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { formatCommandLine } from 'octavo'

/** How to start this program again from anywhere: its name where that finds it, else the path of its launcher. */
export function launcher(entry: string = process.argv[1] ?? '', searchPath: string = process.env['PATH'] ?? ''): string {
  const self = join(dirname(entry), '..', 'bin', 'octavo')
  const found = searchPath.split(delimiter).some((dir) => dir !== '' && realPathOr(join(dir, 'octavo')) === realPathOr(self))
  return found ? 'octavo' : formatCommandLine([self])
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path // nothing there: compared as it is written
  }
}
