import { AbsolutePath } from '@octavo/base'
import type { PlanContext, ShellInfo } from '@octavo/extension-api'

const FALLBACK: ShellInfo = { path: '/bin/sh', kind: 'sh' }

/** Where shells are installed. No other path is run as a shell: an agent may be able to write there. */
const KNOWN_PATHS: Readonly<Record<ShellInfo['kind'], readonly string[]>> = {
  bash: ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/opt/homebrew/bin/bash'],
  zsh: ['/bin/zsh', '/usr/bin/zsh', '/usr/local/bin/zsh', '/opt/homebrew/bin/zsh'],
  sh: ['/bin/sh', '/usr/bin/sh'],
  powershell: ['/usr/local/bin/pwsh', '/usr/bin/pwsh', '/opt/homebrew/bin/pwsh'],
  cmd: [],
}

/**
 * The shell a model asked for by name or path: only its kind counts, and it is the user's own shell when that is of the kind, else an
 * installed one, else `/bin/sh`. Null when the name is no shell known here.
 */
export async function chooseShell(
  requested: string | null,
  { shell, files }: Pick<PlanContext, 'shell' | 'files'>,
): Promise<ShellInfo | null> {
  if (requested === null || requested === '') return shell
  const kind = kindOf(requested)
  if (kind === null) return null
  if (kind === shell.kind && (requested === shell.path || !KNOWN_PATHS[kind].includes(requested))) return shell
  const known = KNOWN_PATHS[kind]
  for (const path of known.includes(requested) ? [requested, ...known] : known) {
    if ((await files.stat(AbsolutePath.from(path)))?.kind === 'file') return { path, kind }
  }
  return kind === shell.kind ? shell : FALLBACK
}

function kindOf(requested: string): ShellInfo['kind'] | null {
  const name = requested
    .slice(Math.max(requested.lastIndexOf('/'), requested.lastIndexOf('\\')) + 1)
    .toLowerCase()
    .replace(/\.exe$/, '')
  if (name === 'pwsh' || name === 'powershell') return 'powershell'
  return name === 'bash' || name === 'zsh' || name === 'sh' || name === 'cmd' ? name : null
}
