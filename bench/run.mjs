// Measures whole processes against bare Node doing the same bytes, in interleaved pairs, and prints medians with quartiles.
//   npm run bench -- [--pairs 31] [--codex PATH] [--only version,turn,calls,deltas,parallel,threads,policy]
import { spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { show, spread, verdict } from './statistics.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '31' },
    codex: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (options.help) {
  console.log('npm run bench -- [--pairs 31] [--codex PATH] [--only version,turn,calls,deltas,parallel,threads,policy]')
  process.exit(0)
}
const pairs = Number(options.pairs)
if (!Number.isInteger(pairs) || pairs < 1) {
  console.error(`bench: --pairs takes a whole number from 1, got "${options.pairs}"`)
  process.exit(2)
}
const node = process.execPath
const octavo = [join(root, 'apps/cli/bin/octavo')]
const floor = [node, join(here, 'floor.mjs')]
const folder = mkdtempSync(join(tmpdir(), 'octavo-bench-'))

const server = spawn(node, [join(here, 'server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
const url = await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve))
const measurer = spawn('python3', [join(here, 'measure.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface({ input: measurer.stdout })[Symbol.asyncIterator]()

const work = join(folder, 'work')
mkdirSync(work)
let homes = 0

async function measure(argv, env = {}) {
  measurer.stdin.write(`${JSON.stringify({ argv, cwd: work, env: { PATH: process.env.PATH, HOME: folder, ...env } })}\n`)
  const { value } = await answers.next()
  const result = JSON.parse(value)
  if (result.code !== 0) throw new Error(`${argv.join(' ')} ended with ${result.code}: ${result.stderr || result.stdout}`)
  return result
}

const get = async (path) => await (await fetch(`${url.replace('/v1', '')}/${path}`)).json()

/** One `exec` of a program, with the moment its first request arrived and, when asked for, the bodies it posted. */
async function exec(program, prompt, what = 'log') {
  homes += 1
  const home = join(folder, `home-${homes}`)
  mkdirSync(home)
  const provider = `model_providers.bench={name="bench",base_url="${url}",wire_api="responses",env_key="BENCH_KEY"}`
  const config = ['-c', 'model_provider="bench"', '-c', provider, '-m', 'gpt-5.1-codex', '-s', 'danger-full-access']
  await get('log')
  const result = await measure([...program, 'exec', ...config, '--skip-git-repo-check', prompt], {
    BENCH_KEY: 'key',
    OCTAVO_HOME: home,
    CODEX_HOME: home,
  })
  const { log, bodies } = await get(what)
  rmSync(home, { recursive: true, force: true })
  return { ...result, firstByteMs: log[0].at - result.startedAt, bodies }
}

/** The bodies one run of ours posts, in a file, for the floor to post again. */
async function bodiesOf(prompt) {
  const { bodies } = await exec(octavo, prompt, 'bodies')
  const file = join(folder, `${prompt.replace(/\W/g, '-')}.json`)
  writeFileSync(file, JSON.stringify(bodies))
  return file
}

/** Runs the columns in turn, so that a drift of the machine meets all of them. */
async function interleave(columns) {
  const results = Object.fromEntries(Object.keys(columns).map((name) => [name, []]))
  for (let round = -1; round < pairs; round += 1) {
    for (const [name, run] of Object.entries(columns)) {
      const result = await run()
      if (round >= 0) results[name].push(result)
    }
  }
  return results
}

const withCodex = (columns, run) => (options.codex === undefined ? columns : { ...columns, codex: run })
const differences = (left, right, figure) => left.map((result, index) => result[figure] - right[index][figure])
const figures = (results, figure, unit) =>
  Object.entries(results).map(([name, list]) => `  ${name.padEnd(7)} ${show(spread(list.map((result) => result[figure])), unit)}`)

/** Bytes of one thread against their bound, and its part of the resident set. */
function perThread({ bytes, rss }, bound) {
  const word = bound === undefined ? '' : bytes <= bound * 1024 ? `, within ${bound} KiB` : `, OVER ${bound} KiB`
  return `${(bytes / 1024).toFixed(1)} KiB${word}; resident ${(rss / 1024).toFixed(0)} KiB`
}

const suites = {
  async version() {
    const columns = withCodex({ octavo: () => measure([...octavo, '--version']), floor: () => measure(floor) }, () =>
      measure([options.codex, '--version']),
    )
    const results = await interleave(columns)
    console.log(`--version, wall\n${figures(results, 'wallMs', 'ms').join('\n')}`)
    console.log(`  ${verdict('above bare Node', differences(results.octavo, results.floor, 'wallMs'), 25, 'ms')}`)
  },
  async turn() {
    const bodies = await bodiesOf('turn')
    const columns = withCodex({ octavo: () => exec(octavo, 'turn'), floor: () => measure([...floor, url, bodies]) }, () =>
      exec([options.codex], 'turn'),
    )
    const results = await interleave(columns)
    for (const [figure, unit] of [
      ['wallMs', 'ms'],
      ['cpuMs', 'ms'],
      ['peakMiB', 'MiB'],
    ])
      console.log(`one turn, ${figure}\n${figures(results, figure, unit).join('\n')}`)
    const { floor: _floor, ...clients } = results
    console.log(`one turn, time to first request byte\n${figures(clients, 'firstByteMs', 'ms').join('\n')}`)
    console.log(`  ${verdict('above bare Node', differences(results.octavo, results.floor, 'wallMs'), 110, 'ms')}`)
    console.log(
      `  ${verdict(
        'peak memory',
        results.octavo.map(({ peakMiB }) => peakMiB),
        75,
        'MiB',
      )}`,
    )
  },
  async calls() {
    const counts = [50, 200, 350]
    const bodies = {}
    for (const count of counts) bodies[count] = await bodiesOf(`calls ${count}`)
    const columns = {}
    for (const count of counts) {
      columns[`octavo ${count}`] = () => exec(octavo, `calls ${count}`)
      columns[`floor ${count}`] = () => measure([...floor, url, bodies[count]])
      if (options.codex !== undefined) columns[`codex ${count}`] = () => exec([options.codex], `calls ${count}`)
    }
    const results = await interleave(columns)
    const perCall = (who, from, to) =>
      results[`${who} ${to}`].map(({ wallMs }, index) => (wallMs - results[`${who} ${from}`][index].wallMs) / (to - from))
    for (const who of ['octavo', 'floor', ...(options.codex === undefined ? [] : ['codex'])]) {
      console.log(
        `per call, ${who}: ${show(spread(perCall(who, 50, 200)), 'ms')} from 50 to 200 calls, ${show(spread(perCall(who, 200, 350)), 'ms')} from 200 to 350`,
      )
    }
    console.log(`  ${verdict('per call', perCall('octavo', 50, 200), 15, 'ms')}`)
    const growth = (who) => perCall(who, 200, 350).map((late, index) => late - perCall(who, 50, 200)[index])
    const above = growth('octavo').map((value, index) => value - growth('floor')[index])
    console.log(`  ${verdict('growth per call above the floor', above, 1, 'ms')}`)
  },
  async deltas() {
    const columns = { 'octavo 50000': () => exec(octavo, 'deltas 50000'), 'octavo 5': () => exec(octavo, 'deltas 5') }
    const many = await bodiesOf('deltas 50000')
    const few = await bodiesOf('deltas 5')
    columns['floor 50000'] = () => measure([...floor, url, many])
    columns['floor 5'] = () => measure([...floor, url, few])
    if (options.codex !== undefined) {
      columns['codex 50000'] = () => exec([options.codex], 'deltas 50000')
      columns['codex 5'] = () => exec([options.codex], 'deltas 5')
    }
    const results = await interleave(columns)
    const added = (who) => differences(results[`${who} 50000`], results[`${who} 5`], 'wallMs')
    for (const who of ['octavo', 'floor', ...(options.codex === undefined ? [] : ['codex'])]) {
      const { median } = spread(added(who))
      console.log(
        `50,000 deltas over 5, ${who}: ${show(spread(added(who)), 'ms')}, ${Math.round(49_995_000 / median).toLocaleString('en')} deltas/s`,
      )
    }
    console.log(`  ${verdict('50,000 deltas over 5', added('octavo'), 830, 'ms')}`)
  },
  async parallel() {
    const bodies = await bodiesOf('parallel 32')
    const columns = withCodex({ octavo: () => exec(octavo, 'parallel 32'), floor: () => measure([...floor, url, bodies]) }, () =>
      exec([options.codex], 'parallel 32'),
    )
    const results = await interleave(columns)
    console.log(`32 parallel calls, wall\n${figures(results, 'wallMs', 'ms').join('\n')}`)
  },
  async threads() {
    const home = join(folder, 'threads')
    mkdirSync(join(home, 'work'), { recursive: true })
    const argv = [node, '--expose-gc', join(here, 'threads.mjs'), url, home, '500']
    const { threads, completed, fresh, active, idle, closed } = JSON.parse((await measure(argv)).stdout)
    console.log(`${threads} threads in one process, each with one active turn: ${completed} completed`)
    console.log(`  per thread before its first turn: ${perThread(fresh, 100)}`)
    console.log(`  per thread in the middle of a response: ${perThread(active, 1024)}`)
    console.log(`  per thread after its turn: ${perThread(idle, 100)}`)
    console.log(`  left of each closed one: ${perThread(closed)}`)
    if (completed !== threads) throw new Error(`${threads - completed} of ${threads} turns did not complete`)
  },
  async policy() {
    const results = JSON.parse((await measure([node, join(here, 'policy.mjs')])).stdout)
    for (const [name, { all, slowest }] of Object.entries(results)) {
      console.log(`one verdict, ${name === 'none' ? 'no rules' : '200 rules'}: ${show(spread(all), 'µs')}`)
      console.log(`  ${verdict(`slowest, ${slowest.command}`, slowest.times, 50, 'µs')}`)
    }
  },
}

try {
  console.log(
    `Node ${process.version}, ${pairs} interleaved pairs, load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  )
  for (const name of options.only?.split(',') ?? Object.keys(suites)) {
    const suite = suites[name]
    if (suite === undefined) throw new Error(`there is no suite ${name}; known: ${Object.keys(suites).join(', ')}`)
    await suite()
  }
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
} finally {
  server.kill()
  measurer.stdin.end()
  rmSync(folder, { recursive: true, force: true })
}
