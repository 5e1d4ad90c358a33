import { access, constants, stat } from 'node:fs/promises'
import { joinPath, OctavoError } from '@octavo/base'
import type { CommandRequest, CommandSpec } from '@octavo/extension-api'
import { SpawnError } from '../spawn-error.ts'

/** @throws SpawnError for what no system call can be given */
export function requireWellFormed({ argv, cwd, env }: Pick<CommandRequest, 'argv' | 'cwd' | 'env'>): void {
  const fail = (reason: string): never => {
    throw new SpawnError({ argv, cwd }, reason)
  }
  if (argv[0] === undefined || argv[0] === '') fail('the command is empty')
  const place = argv.findIndex((argument) => argument.includes('\0'))
  if (place >= 0) fail(place === 0 ? 'its name contains a NUL character' : `argument ${place} contains a NUL character`)
  for (const [name, value] of env) {
    if (name === '' || /[=\0]/.test(name)) fail(`${JSON.stringify(name)} cannot be the name of a variable`)
    if (value.includes('\0')) fail(`variable ${name} contains a NUL character`)
  }
}

/**
 * Finds out beforehand what a wrapper or a pseudo terminal would report as the command's own failure.
 *
 * @throws SpawnError when the directory or the program is missing
 */
export async function requireStartable(spec: CommandSpec): Promise<void> {
  const problem = (await explainDirectory(spec.cwd)) ?? (await explainProgram(spec))
  if (problem !== null) throw new SpawnError(spec, problem)
}

/** What went wrong, from what the system said. */
export async function explainSpawnFailure(spec: Pick<CommandSpec, 'argv' | 'cwd'>, error: unknown): Promise<SpawnError> {
  if (error instanceof SpawnError) return error
  if (OctavoError.is(error)) return new SpawnError(spec, error.message, error)
  const code = (error as NodeJS.ErrnoException | null)?.code ?? ''
  // The system reports a missing directory and a missing program alike.
  const reason = (await explainDirectory(spec.cwd)) ?? reasons[code] ?? `the system reports ${code === '' ? 'an error' : code}`
  return new SpawnError(spec, reason, error)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program',
  EACCES: 'it is not an executable file, or the system does not permit it',
  ENOEXEC: 'it is not a program this system can run',
  ENOTDIR: 'there is no such program',
  E2BIG: 'command line and environment are longer than the system allows (Argument list too long)',
  EAGAIN: 'the system does not allow more processes',
  ENOMEM: 'the system is out of memory',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

async function explainDirectory(cwd: string): Promise<string | null> {
  try {
    return (await stat(cwd)).isDirectory() ? null : `working directory ${cwd} is not a directory`
  } catch {
    return `working directory ${cwd} does not exist`
  }
}

async function explainProgram({ argv: [program = ''], cwd, env }: CommandSpec): Promise<string | null> {
  const places = program.includes('/') ? [''] : (env.get('PATH') ?? '/usr/bin:/bin').split(':')
  for (const place of places) {
    try {
      await access(joinPath(cwd, place === '' ? program : `${place}/${program}`), constants.X_OK)
      return null
    } catch {
      // the next directory may have it
    }
  }
  return 'there is no such program'
}
