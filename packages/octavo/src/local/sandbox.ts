import { isAbsolute } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import type { Sandbox } from '@octavo/extension-api'
import { makeGrant } from '@octavo/policy'
import { NO_PERMISSIONS } from '@octavo/protocol'
import { selectSandbox } from '@octavo/sandbox'
import type { LocalConfig } from './config.ts'

/** The sandbox commands of this configuration run in. Nothing is started before its probe. */
export function localSandbox(config: LocalConfig, environment: ReadonlyMap<string, string>): Sandbox {
  return selectSandbox({
    platform: process.platform,
    environment,
    cwd: config.cwd,
    writable: writableRoots(config, environment),
    home: config.homes.octavoHome,
    ...(environment.get('OCTAVO_SANDBOX') === 'none' ? { force: 'none' } : {}),
  })
}

/** `TMPDIR`, when it is an absolute path. */
export function temporaryDirectory(environment: ReadonlyMap<string, string>): AbsolutePath | null {
  const given = environment.get('TMPDIR') ?? ''
  return isAbsolute(given) ? AbsolutePath.from(given) : null
}

/** What commands may write as configured; a sandbox is not built by a program from there. */
function writableRoots(config: LocalConfig, environment: ReadonlyMap<string, string>): readonly AbsolutePath[] {
  const { write } = makeGrant({ ...config, tmpdir: temporaryDirectory(environment) }, NO_PERMISSIONS)
  return write === 'all' ? [] : write.map(({ root }) => root)
}
