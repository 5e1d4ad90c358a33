// The one entry of every npm script. Runs on any Node >= 18 without dependencies: brings the checkout up to date with the
// lockfile, then does what the first argument says on the Node and the tools that came with it.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const callerDir = process.env.INIT_CWD ?? process.cwd()
const env = withoutNpm({ ...process.env, PATH: bin + delimiter + process.env.PATH, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' })

const commands = {
  turbo: (tasks) => run('turbo', ['run', ...tasks]),
  start: async (args) => {
    build()
    await become(node(), [join(root, 'apps/cli/dist/octavo.mjs'), ...(args.length > 0 ? args : ['demo'])])
  },
  bench: async (args) => {
    build()
    await become(node(), [join(root, 'bench/run.mjs'), ...args])
  },
  test: (args) => check('test', args),
  check: (args) => check('check', args),
  unit: (args) => run('vitest', ['run', ...args]),
  long: (args) => check('long', args),
  conformance: (args) => check('conformance', args.length > 0 ? [resolve(callerDir, args[0]), ...args.slice(1)] : args),
  ci: () => check('ci', []),
  behaviours: () => run(node(), [join(root, 'scripts', 'behaviours.mjs')]),
  tool: ([tool, ...args]) => run(tool, args),
  format: (args) => run('oxfmt', args),
}

setUp()
const [name, ...rest] = process.argv.slice(2)
if (name !== undefined) {
  const command = commands[name]
  if (command === undefined) {
    console.error(`unknown command "${name}"; known: ${Object.keys(commands).join(', ')}`)
    process.exit(1)
  }
  await command(rest)
}

/** Installs what the lockfile names, unless the last install was of this very lockfile. Says so in one line on stderr, and what went wrong. */
function setUp() {
  const stamp = join(root, 'node_modules', '.stamp')
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) hash.update(readFileSync(join(root, file)))
  const key = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  rmSync(stamp, { force: true })
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  process.stderr.write('Bringing node_modules up to date with the lockfile; the first time this takes a minute.\n')
  const quiet = ['--reporter=append-only', '--loglevel=warn']
  run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', ...quiet], {
    stdio: ['ignore', 2, 2],
    env: { ...env, npm_config_update_notifier: 'false' },
  })
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, key)
}

/** Builds what changed and says something only when that fails: the program's own output comes next. */
function build() {
  const result = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return
  process.stderr.write(result.error ? `${result.error}\n` : result.stdout + result.stderr)
  process.exit(result.status ?? 1)
}

function check(what, args) {
  run(node(), [join(root, 'scripts', 'check.mjs'), what, ...args])
}

/** The Node of the lockfile; where none is published for the platform, the one that runs this file. */
function node() {
  const pinned = join(bin, 'node')
  return existsSync(pinned) ? pinned : process.execPath
}

/** Runs to the end; anything but success ends this process the same way. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32', ...options })
  if (result.error) {
    console.error(String(result.error))
    process.exit(1)
  }
  if (result.signal) process.exit(128 + (constants.signals[result.signal] ?? 0))
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Runs in the caller's folder and environment, passes signals on, and ends as the program ends. */
async function become(command, args) {
  const child = spawn(command, args, { cwd: callerDir, stdio: 'inherit', env: withoutNpm({ ...process.env }) })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // Ctrl-C reaches the whole foreground group, the child included; it decides when to end.
  for (const signal of signals) process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  process.exitCode = await new Promise((done) => {
    child.on('error', (error) => {
      console.error(String(error))
      done(1)
    })
    child.on('exit', (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/** Without what npm sets for its own scripts: pnpm would read it as settings. The registry stays. */
function withoutNpm(variables) {
  for (const key of Object.keys(variables)) {
    if (/^npm_(config|package|lifecycle)_|^npm_(execpath|node_execpath|command)$/i.test(key) && !/registry/i.test(key))
      delete variables[key]
  }
  return variables
}
