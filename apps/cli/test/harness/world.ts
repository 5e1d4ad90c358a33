import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const LAUNCHER: string = fileURLToPath(new URL('../../bin/octavo', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/octavo.mjs', import.meta.url))

if (!existsSync(BUILT)) throw new Error('these tests run the built program: build it first (npm run build), or run npm test, which does')

/** A line of `--json` output, as far as tests look at it. */
export interface JsonLine {
  readonly type: string
  readonly thread_id?: string
  readonly message?: string
  readonly error?: { readonly message: string }
  readonly usage?: Readonly<Record<string, number>>
  readonly item?: Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }
}

/** A run that has ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Wall time in milliseconds. */
  readonly tookMs: number
  /** Throws with both outputs when the code is another one, so that a failure shows its cause. */
  endedWith(code: number): void
  /** Standard output as JSON lines; throws where one is none. */
  lines(): readonly JsonLine[]
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** Waits until both outputs together contain the text. */
  says(text: string | RegExp): Promise<void>
}

export interface RunOptions {
  readonly cwd?: string
  /** Put over those of the world; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Written to standard input, which then ends; `open` leaves it open. Default: nothing, ended. */
  readonly stdin?: string | Uint8Array | { readonly open: true }
}

/** A home and a repository in a directory of their own, and the built program to run in it. */
export class World implements Disposable {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-cli-')))
  readonly home: string = join(this.root, 'home')
  readonly octavoHome: string = join(this.root, 'home/.octavo')
  readonly repo: string = join(this.root, 'repo')
  readonly #children = new Set<ChildProcessWithoutNullStreams>()

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const dir of [this.home, this.octavoHome, join(this.repo, '.git')]) mkdirSync(dir, { recursive: true })
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  path(name: string): string {
    return join(this.repo, name)
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  config(text: string): void {
    writeFileSync(join(this.octavoHome, 'config.toml'), text)
  }

  /** Every rollout of the home. */
  rollouts(): readonly string[] {
    const sessions = join(this.octavoHome, 'sessions')
    if (!existsSync(sessions)) return []
    return readdirSync(sessions, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(sessions, name))
  }

  /** Records of the only rollout. */
  records(): readonly { readonly type: string; readonly payload: Record<string, unknown>; readonly ordinal: number }[] {
    const [file, ...more] = this.rollouts()
    if (file === undefined || more.length > 0) throw new Error(`expected one rollout, found ${more.length + (file === undefined ? 0 : 1)}`)
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    const { stdin = '', cwd = this.repo } = options
    const startedAt = performance.now()
    const child = spawn(LAUNCHER, [...args], { cwd, env: this.#environment(options.env ?? {}) })
    this.#children.add(child)
    const output = { stdout: '', stderr: '' }
    const listeners = new Set<() => void>()
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        for (const listener of listeners) listener()
      })
    }
    child.stdin.on('error', () => {}) // the program need not read it
    if (typeof stdin === 'string' || stdin instanceof Uint8Array) child.stdin.end(stdin)
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => {
        this.#children.delete(child)
        for (const listener of listeners) listener()
        const lines = (): readonly JsonLine[] =>
          output.stdout
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line) as JsonLine)
        const endedWith = (wanted: number): void => {
          if (code !== wanted)
            throw new Error(`expected exit code ${wanted}, got ${code ?? signal}:
${output.stdout}${output.stderr}`)
        }
        resolve({ code, signal, ...output, tookMs: performance.now() - startedAt, lines, endedWith })
      })
    })
    const says = (text: string | RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const all = output.stdout + output.stderr
          const found = typeof text === 'string' ? all.includes(text) : text.test(all)
          if (!found && child.exitCode === null && child.signalCode === null) return
          listeners.delete(look)
          if (found) resolve()
          else reject(new Error(`it ended without saying ${String(text)}:\n${all}`))
        }
        listeners.add(look)
        look()
      })
    return { child, ended, says }
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return await this.start(args, options).ended
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.root, { recursive: true, force: true })
  }

  #environment(over: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
    const base = { PATH: process.env['PATH'], HOME: this.home, OCTAVO_HOME: this.octavoHome, OPENAI_API_KEY: 'sk-test', ...over }
    return Object.fromEntries(Object.entries(base).filter(([, value]) => value !== undefined))
  }
}
