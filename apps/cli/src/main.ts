import { ArgumentsError } from './arguments/flags.ts'
import { CommandError, EXIT_USAGE } from './exit.ts'
import { printable } from './render/style.ts'

/** A command: what it was given after its name, and the exit code it ends with. */
export type Command = (argv: readonly string[], version: string) => Promise<number>

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  exec: async () => (await import('./commands/exec.ts')).exec,
  review: async () => {
    const { exec } = await import('./commands/exec.ts')
    return (argv, version) => exec(['review', ...argv], version)
  },
  demo: async () => (await import('./commands/demo.ts')).demo,
  policy: async () => (await import('./commands/policy.ts')).policy,
  'apply-patch': async () => (await import('./commands/apply-patch.ts')).applyPatch,
  help: async () => showHelp,
}
const ALIASES: Readonly<Record<string, string>> = { e: 'exec' }

/** Runs a command line and ends the process with its exit code, once stdout and stderr have taken what was written. */
export async function run(argv: readonly string[], version: string): Promise<void> {
  const code = await main(argv, version)
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((written) => stream.write('', () => written()))))
  process.exit(code)
}

/** Runs a command line to its end and returns the exit code. Loads nothing but the command. */
export async function main(argv: readonly string[], version: string): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h') return showHelp([])
  const name = Object.hasOwn(ALIASES, first) ? (ALIASES[first] ?? first) : first
  try {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (load === undefined) throw new ArgumentsError(unknownCommand(first))
    const command = await load()
    return await command(rest, version)
  } catch (error) {
    return await report(error, name)
  }
}

async function showHelp(argv: readonly string[]): Promise<number> {
  const { helpFor } = await import('./commands/help.ts')
  const text = helpFor(argv[0] ?? null)
  if (text === null) throw new ArgumentsError(unknownCommand(argv[0] ?? ''))
  process.stdout.write(text)
  return 0
}

function unknownCommand(name: string): string {
  if (name.startsWith('-')) return `unknown option ${name}; options stand after the command`
  return /\s/.test(name)
    ? `a prompt needs its command: octavo exec ${JSON.stringify(name)}`
    : `no command is called ${JSON.stringify(name)}`
}

async function report(error: unknown, command: string): Promise<number> {
  if (error instanceof ArgumentsError) {
    const { USAGE } = await import('./commands/help.ts')
    const isKnown = Object.hasOwn(USAGE, command)
    const usage = isKnown ? USAGE[command] : USAGE['octavo']
    process.stderr.write(`octavo: ${printable(error.message)}\n${usage}\nMore: octavo help${isKnown ? ` ${command}` : ''}\n`)
    return EXIT_USAGE
  }
  process.stderr.write(`octavo: ${printable(await oneLine(error))}\n`)
  return error instanceof CommandError ? error.exitCode : 1
}

/** A fault of Octavo itself keeps its stack: somebody has to find it. */
async function oneLine(error: unknown): Promise<string> {
  if (error instanceof CommandError) return error.message
  const { OctavoError, describeError } = await import('octavo')
  if (OctavoError.is(error) || (error instanceof Error && 'code' in error)) return describeError(error).replaceAll(/\s*\n\s*/g, ' ')
  return error instanceof Error && error.stack !== undefined ? `this is a fault of octavo itself: ${error.stack}` : String(error)
}
