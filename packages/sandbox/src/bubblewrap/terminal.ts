// Not looked for on PATH, where a command could have put another.
const program = '/usr/bin/env'

/** What a terminal sends to everything in its foreground. */
const signals = 'INT,QUIT,TSTP'

/**
 * On a terminal bubblewrap stands in the foreground together with the command, and ^C would end it, and so the command, before the
 * command could act on it. The `env` of GNU coreutils lets the wrapper ignore these signals and the command hear them; without it ^C ends all.
 */
export async function keepFromWrapper(): Promise<readonly string[]> {
  return (await hasSignalOptions()) ? [program, `--ignore-signal=${signals}`] : []
}

/** The counterpart of {@link keepFromWrapper}, put before the command. */
export async function resetForCommand(): Promise<readonly string[]> {
  return (await hasSignalOptions()) ? [program, `--default-signal=${signals}`] : []
}

let answer: Promise<boolean> | null = null

function hasSignalOptions(): Promise<boolean> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  answer ??= new Promise((resolve) =>
    execFile(program, [`--default-signal=${signals}`, 'true'], { timeout: 2000 }, (error) => resolve(error === null)),
  )
  return answer
}
