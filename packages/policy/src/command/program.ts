/** The last part of a program's path, whichever way its separators lean. */
export function basenameOf(program: string): string {
  return program.slice(Math.max(program.lastIndexOf('/'), program.lastIndexOf('\\')) + 1)
}

const SYSTEM = /^\/(usr\/)?bin\/[^/]+$/
/** Where programs are installed for everybody; nothing an agent can write without having been allowed to. */
const INSTALLED = /^\/(usr\/local|opt\/homebrew|opt\/local|run\/current-system\/sw)\/bin\/[^/]+$/

/** True for a bare name and for a program of `/bin` or `/usr/bin`: a file of the same name elsewhere is another program. */
export function isSystemProgram(program: string): boolean {
  return !/[/\\]/.test(program) ? program !== '' : SYSTEM.test(program)
}

/** As {@link isSystemProgram}, and the places where a person installs programs for everybody. */
export function isInstalledProgram(program: string): boolean {
  return isSystemProgram(program) || INSTALLED.test(program)
}
