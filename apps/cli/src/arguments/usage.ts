import type { Flag } from './flags.ts'

const COLUMN = 34

/** The option table of a help text. */
export function describeFlags(flags: readonly Flag[]): string {
  return flags
    .filter((flag) => flag.hidden !== true)
    .map((flag) => {
      const short = flag.short === undefined ? '    ' : `-${flag.short}, `
      const name = `  ${short}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`
      return name.length < COLUMN ? `${name.padEnd(COLUMN)}${flag.help}` : `${name}\n${' '.repeat(COLUMN)}${flag.help}`
    })
    .join('\n')
}
