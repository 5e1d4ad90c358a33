import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A directory with a small program whose test fails. It is left in place: the demo's thread can be gone on with there. */
export interface DemoRepository {
  readonly dir: string
  /** Runs the test without the engine; true when it passes. */
  passes(): boolean
}

/** What the fix replaces, and what it puts there. */
export const BROKEN_LINES: readonly string[] = [
  '  const share = Math.round(cents / people)',
  '  return Array.from({ length: people }, () => share)',
]
export const MENDED_LINES: readonly string[] = [
  '  const share = Math.floor(cents / people)',
  '  const left = cents - share * people',
  '  return Array.from({ length: people }, (_, index) => share + (index < left ? 1 : 0))',
]

const FILES: Readonly<Record<string, string>> = {
  'AGENTS.md': '# Working here\n\nThe test is `test.mjs`; run it with Node. Amounts are whole cents, never fractions.\n',
  'split.mjs': [
    '/** Splits an amount in cents among people: shares differ by at most one cent and add up to the amount. */',
    'export function split(cents, people) {',
    ...BROKEN_LINES,
    '}',
    '',
  ].join('\n'),
  'split.mjs.orig': '// An editor left this here.\n',
  'test.mjs': [
    "import { split } from './split.mjs'",
    '',
    'const cases = [[900, 3], [1000, 3], [101, 2], [5, 7]]',
    'let failures = 0',
    'for (const [cents, people] of cases) {',
    '  const shares = split(cents, people)',
    '  const sum = shares.reduce((left, right) => left + right, 0)',
    '  const spread = Math.max(...shares) - Math.min(...shares)',
    '  const isFair = sum === cents && shares.length === people && spread <= 1',
    '  if (!isFair) failures += 1',
    "  console.log(`${isFair ? 'ok    ' : 'FAILED'} ${cents} cents among ${people}: ${shares.join(' + ')} = ${sum}`)",
    '}',
    'console.log(failures === 0 ? `all ${cases.length} pass` : `${failures} of ${cases.length} failed`)',
    'process.exitCode = failures === 0 ? 0 : 1',
    '',
  ].join('\n'),
}

// What `git init` makes, so far as git needs it: the demo runs where there is no git, too.
const GIT_FILES: Readonly<Record<string, string>> = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  '.git/config': '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n',
}

/** Makes the repository in a new temporary directory; its files are committed when git is there to do it. */
export function createDemoRepository(): DemoRepository {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-demo-')))
  for (const folder of ['.git/objects', '.git/refs/heads']) mkdirSync(join(dir, folder), { recursive: true })
  for (const [name, text] of Object.entries({ ...GIT_FILES, ...FILES })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  const git = (...args: readonly string[]): boolean => spawnSync('git', ['-C', dir, ...args], { stdio: 'ignore' }).status === 0
  if (git('add', '-A'))
    git(
      '-c',
      'user.name=octavo demo',
      '-c',
      'user.email=demo@localhost',
      '-c',
      'commit.gpgsign=false',
      'commit',
      '-q',
      '-m',
      'a program that loses cents',
    )
  return { dir, passes: () => spawnSync(process.execPath, ['test.mjs'], { cwd: dir, stdio: 'ignore' }).status === 0 }
}
