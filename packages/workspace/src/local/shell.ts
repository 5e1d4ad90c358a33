import { accessSync, constants, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { ShellInfo } from '@octavo/extension-api'

export interface DetectShellOptions {
  /** The host's variables; PATH is looked at. */
  readonly environment: ReadonlyMap<string, string>
  /** As Node names it; default: this one. */
  readonly platform?: string
  /** What the login data say; default: they are asked. */
  readonly login?: string | null
}

type Kind = ShellInfo['kind']

const kindsByStem: Readonly<Record<string, Kind>> = {
  bash: 'bash',
  zsh: 'zsh',
  sh: 'sh',
  pwsh: 'powershell',
  powershell: 'powershell',
  cmd: 'cmd',
}

const fallbacks: Readonly<Record<string, readonly string[]>> = { darwin: ['zsh', 'bash'], win32: ['pwsh', 'powershell'] }
const fixedPlaces = ['/bin', '/usr/bin', '/usr/local/bin']

/** The user's login shell when it is one we can speak to, else the platform's usual one. Starts nothing and reads no profile. */
export function detectShell(options: DetectShellOptions): ShellInfo {
  const platform = options.platform ?? process.platform
  const login = options.login === undefined ? loginShell() : options.login
  const kind = login === null ? null : shellKind(login)
  if (login !== null && kind !== null && isProgram(login)) return { path: login, kind }
  for (const name of fallbacks[platform] ?? ['bash', 'zsh']) {
    const path = findProgram(platform === 'win32' ? `${name}.exe` : name, platform, options.environment)
    const found = shellKind(name)
    if (path !== null && found !== null) return { path, kind: found }
  }
  return platform === 'win32' ? { path: 'cmd.exe', kind: 'cmd' } : { path: '/bin/sh', kind: 'sh' }
}

/** What language a shell speaks, by the name of its file; null for one we do not know. */
export function shellKind(path: string): Kind | null {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  return kindsByStem[name.replace(/\.exe$/i, '').toLowerCase()] ?? null
}

function loginShell(): string | null {
  try {
    return userInfo().shell
  } catch {
    return null // a user id without an entry, as in many containers
  }
}

function findProgram(name: string, platform: string, environment: ReadonlyMap<string, string>): string | null {
  const isWindows = platform === 'win32'
  const searched = (environment.get('PATH') ?? environment.get('Path') ?? '').split(isWindows ? ';' : ':')
  const places = [...searched.filter((place) => isWindows || place.startsWith('/')), ...(isWindows ? [] : fixedPlaces)]
  return places.map((place) => join(place, name)).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
