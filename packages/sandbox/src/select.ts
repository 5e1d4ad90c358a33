import { type AbsolutePath, type Clock, systemClock } from '@octavo/base'
import type { Sandbox } from '@octavo/extension-api'
import { createBubblewrap } from './bubblewrap/sandbox.ts'
import { createUnavailableSandbox } from './none.ts'

export interface SelectSandboxOptions {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string
  /** The host's variables; PATH is looked at. */
  readonly environment: ReadonlyMap<string, string>
  /** The workspace: a program in it is not trusted to build a sandbox. */
  readonly cwd: AbsolutePath
  /** What else commands may write, as far as it is known: a program there is not trusted either, and the probe says so. Default: none. */
  readonly writable?: readonly AbsolutePath[]
  /** Takes this one, whatever the platform. */
  readonly force?: 'none' | 'bubblewrap'
  /** Where the journal of placeholders is kept, so that a killed process leaves nothing for good. Absent: in memory. */
  readonly home?: AbsolutePath
  /** Of the processor, as Node names it; default: this one's. */
  readonly architecture?: string
  readonly clock?: Clock
}

/** The sandbox of this platform. Starts nothing; ask {@link Sandbox.probe} whether it works. */
export function selectSandbox(options: SelectSandboxOptions): Sandbox {
  const { platform, environment, cwd, writable = [], home = null, architecture = process.arch, clock = systemClock } = options
  if (options.force === 'none') return createUnavailableSandbox('it is switched off')
  if (options.force === undefined && platform !== 'linux') return createUnavailableSandbox(`there is none for ${platform} yet`)
  return createBubblewrap({ searchPath: environment.get('PATH') ?? '', cwd, writable, home, architecture, clock })
}
