import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describeError, type JsonValue, parseJson, type PermissionProfile, type SandboxStatus } from 'octavo'
import type { LocalConfig } from 'octavo/local'
import type { ExecArguments } from '../arguments/exec.ts'
import { CommandError } from '../exit.ts'

/** @throws CommandError outside a repository, unless the directory is trusted or the check was declined */
export function requireTrust(given: Pick<ExecArguments, 'skipGitRepoCheck' | 'bypass'>, cwd: string, trust: LocalConfig['trust']): void {
  if (given.skipGitRepoCheck || given.bypass || trust.level === 'trusted' || isInRepository(cwd)) return
  throw new CommandError('Not inside a trusted directory and --skip-git-repo-check was not specified.')
}

/** True when the directory or one above it holds `.git`, a directory or the file of a worktree. */
export function isInRepository(dir: string): boolean {
  for (let current = resolve(dir); ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return true
    if (dirname(current) === current) return false
  }
}

/** Its real path, so that one directory has one name. @throws CommandError when it is no directory */
export function requireDirectory(dir: string): string {
  const path = resolve(dir)
  if (!isDirectory(path)) throw new CommandError(`no directory at ${path}; check the name`)
  return realpathSync(path)
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // missing, or not to be entered: no directory to work in either way
  }
}

/** @throws CommandError when the file cannot be read or is not JSON */
export function readOutputSchema(file: string): JsonValue {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CommandError(`Failed to read output schema file ${file}: ${describeError(cause)}`, { cause })
  }
  const parsed = parseJson(text)
  if (!parsed.ok) throw new CommandError(`Output schema file ${file} is not valid JSON: ${parsed.message}`)
  return parsed.value
}

/** Absolute paths of images, seen from where the command was started. @throws CommandError when one is missing */
export function findImages(files: readonly string[]): readonly string[] {
  return files.map((file) => {
    const path = resolve(file)
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
      throw new CommandError(`no image at ${path}; check the name given with -i`)
    return path
  })
}

/** @throws CommandError when the profile needs a sandbox and none works here; the status says what would help */
export function requireSandbox(profile: PermissionProfile, status: SandboxStatus, isSwitchedOff: boolean): void {
  if (profile.type !== 'managed' || status.working) return
  const reason = isSwitchedOff ? 'OCTAVO_SANDBOX=none switches it off; unset that' : (status.reason ?? 'none was found')
  throw new CommandError(`no working sandbox: ${reason}; where that is safe, -s danger-full-access allows everything`)
}
