import { formatCommandLine } from 'octavo'

const SHELLS = /(?:^|\/)(?:bash|zsh|sh|dash)$/

/** A command as a person would have typed it: the script of a shell that was only there to run it, else the words, quoted where needed. */
export function showCommand(argv: readonly string[]): string {
  const [shell = '', flag = '', script] = argv
  if (argv.length === 3 && script !== undefined && SHELLS.test(shell) && /^-l?c$/.test(flag)) return script
  return formatCommandLine(argv)
}
