// Runs the checks one after the other, all of them even when one fails, and says at the end what failed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const reports = mkdtempSync(join(tmpdir(), 'octavo-reports-'))
const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []

const plans = {
  check: () => {
    step('format', 'oxfmt', ['--check'])
    lint()
    step('types', 'turbo', ['run', 'typecheck', '--continue=dependencies-successful', '--output-logs=errors-only'])
    vitest('house', ['--project', 'house'])
  },
  test: (args) => {
    step('build, types, packages', 'turbo', [
      'run',
      'build',
      'typecheck',
      'check:package',
      '--continue=dependencies-successful',
      '--output-logs=errors-only',
    ])
    lint()
    vitest('tests', args)
  },
  long: (args) => vitest('long runs', ['--config', 'vitest.long.config.ts', ...args]),
  conformance: ([folder, ...args]) => conformance(folder, args),
  ci: () => {
    plans.test([])
    conformance(resolve(root, '..', 'shared', 'fixtures'), [])
  },
}

const [what, ...rest] = process.argv.slice(2)
plans[what](rest)
rmSync(reports, { recursive: true, force: true })
for (const failure of failures) console.log(`failed: ${failure}`)
if (totals.skipped > 0) console.log(`skipped: ${totals.skipped}`)
if (what === 'ci') console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 ? 1 : 0

function lint() {
  step('lint', 'oxlint', ['--deny-warnings'])
  step('boundaries', 'turbo', ['boundaries'])
}

/** A check without a count of its own: when it fails, it counts as one failure. */
function step(title, command, args) {
  const { status, seconds } = run(title, command, args)
  if (status === 0) return
  totals.failed += 1
  failures.push(`${title} (${seconds} s): ${command} ${args.join(' ')}`)
}

function conformance(folder, args) {
  if (folder === undefined || !existsSync(folder) || !statSync(folder).isDirectory()) {
    totals.failed += 1
    failures.push(folder === undefined ? 'conformance needs a folder: npm run conformance -- <dir>' : `conformance: no folder ${folder}`)
    return
  }
  vitest('conformance', ['--config', 'vitest.conformance.config.ts', ...args], { OCTAVO_FIXTURES: folder })
}

/** One vitest run; its JSON report is added to the totals. */
function vitest(title, args, variables = {}) {
  const report = join(reports, `${title.replaceAll(' ', '-')}.json`)
  const { status, seconds } = run(
    title,
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    variables,
  )
  const counts = existsSync(report) ? countTests(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0, skipped: 0 }
  // A run can fail with every test green: an unhandled rejection, or a crash before the report was written.
  if (status !== 0 && counts.failed === 0) counts.failed = 1
  for (const key of Object.keys(totals)) totals[key] += counts[key]
  for (const name of counts.names ?? []) failures.push(name)
  if (status !== 0 && counts.names === undefined) failures.push(`${title} (${seconds} s): vitest ${args.join(' ')}`)
}

/** A file that could not be loaded has no failed test in the report; it counts as one. */
function countTests(report) {
  const names = []
  for (const file of report.testResults) {
    const path = relative(root, file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    for (const test of failed) names.push(`${path}: ${test.fullName}`)
    if (file.status === 'failed' && failed.length === 0) names.push(`${path}: ${(file.message ?? '').split('\n')[0]}`)
  }
  return {
    passed: report.numPassedTests,
    failed: names.length,
    skipped: report.numPendingTests + report.numTodoTests,
    ...(names.length > 0 ? { names } : {}),
  }
}

function run(title, command, args, variables = {}) {
  const startedAt = performance.now()
  console.log(`\n== ${title}`)
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...variables },
    shell: process.platform === 'win32',
  })
  if (result.error) console.error(String(result.error))
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`== ${title}: ${result.status === 0 ? 'done' : 'failed'} in ${seconds} s`)
  return { status: result.status ?? 1, seconds }
}
