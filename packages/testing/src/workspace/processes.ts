import { joinPath, OctavoError, throwIfCancelled } from '@octavo/base'
import type { AbsolutePath, Clock } from '@octavo/base'
import type { CommandRequest, FileSystem, ProcessExit, ProcessRunner, RunningProcess, SandboxGrant, ShellInfo } from '@octavo/extension-api'
import { ScriptedProcess } from './scripted-process.ts'
import type { ScriptedRun } from './scripted-process.ts'

/** What each command line does. A line is what a shell is given after `-c`; of other programs, all their words with spaces between. */
export type CommandTable = Readonly<Record<string, ScriptedRun | ((request: CommandRequest) => ScriptedRun)>>

const SHELL: ShellInfo = { path: '/bin/bash', kind: 'bash' }

export interface ScriptedProcessesOptions {
  readonly commands: CommandTable
  readonly clock: Clock
  /** Every start that was asked for is added here. */
  readonly started: CommandRequest[]
}

/** Runs commands by a table. A line the table does not have ends with 127, as in a shell; a program it does not have cannot be started. */
export function scriptedProcesses(files: FileSystem, grant: SandboxGrant | null, options: ScriptedProcessesOptions): ProcessRunner {
  return {
    shell: SHELL,
    hasTty: true,
    async spawn(request, signal): Promise<RunningProcess> {
      throwIfCancelled(signal)
      options.started.push(request)
      const run = runOf(request, options.commands)
      const directory = await files.stat(request.cwd)
      throwIfCancelled(signal)
      if (run === null || directory?.kind !== 'directory')
        throw spawnFailed(request, run === null ? 'no such program' : 'no such directory')
      // Numbers of processes only have to differ.
      return new ScriptedProcess(options.started.length, request, run, options.clock, () => finish(run, request, files, grant))
    },
  }
}

function runOf(request: CommandRequest, commands: CommandTable): ScriptedRun | null {
  const { argv } = request
  const flag = argv.findIndex((word) => /^-[a-z]*c$/.test(word))
  const isShell = /(?:^|\/)(?:bash|zsh|sh)$/.test(argv[0] ?? '') && flag === 1
  const line = isShell ? (argv[flag + 1] ?? '') : argv.join(' ')
  const found = Object.hasOwn(commands, line) ? commands[line] : undefined
  if (found === undefined) return isShell ? { stderr: `bash: line 1: ${line.split(' ')[0]}: command not found\n`, code: 127 } : null
  return typeof found === 'function' ? found(request) : found
}

/** What is left by a command that came to its end. */
async function finish(run: ScriptedRun, request: CommandRequest, files: FileSystem, grant: SandboxGrant | null): Promise<ProcessExit> {
  for (const [path, text] of Object.entries(run.writes ?? {})) {
    try {
      await files.write(joinPath(request.cwd, path), new TextEncoder().encode(text), { createParents: true })
    } catch (error) {
      if (!OctavoError.is(error) || error.code !== 'denied') throw error
      const denied = grant?.enforcement === 'platform'
      return { code: 1, signal: null, denial: denied ? { kind: 'fileSystem', reason: `writing ${path} was refused` } : null }
    }
  }
  return { code: run.code ?? 0, signal: null, denial: run.denial ?? null }
}

function spawnFailed({ argv, cwd }: CommandRequest, why: string): OctavoError {
  const argv0 = argv[0] ?? ''
  return new OctavoError('spawn_failed', `cannot start ${argv0} in ${cwd}: ${why}`, { data: { argv0, cwd: cwd as AbsolutePath & string } })
}
