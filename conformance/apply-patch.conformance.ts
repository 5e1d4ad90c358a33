import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AbsolutePath } from '@octavo/base'
import { runStandalone } from '@octavo/tools/apply-patch'
import { describe, expect, it, test } from 'vitest'
import { inFixtures } from './fixtures-folder.ts'
import { FolderFiles } from './folder-files.ts'

interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What the reference program says where a case fails; `<cwd>` stands for the directory of the case. */
const FAILURES: Readonly<Record<string, string>> = {
  '005': 'No files were modified.',
  '006': 'Failed to find expected lines in <cwd>/modify.txt:\nmissing',
  '007': 'Failed to delete file <cwd>/missing.txt',
  '008': "Invalid patch hunk on line 2: Update file hunk for path 'foo.txt' is empty",
  '009': 'Failed to read file to update <cwd>/missing.txt: No such file or directory (os error 2)',
  '012': 'Failed to delete file <cwd>/dir',
  '013':
    "Invalid patch hunk on line 2: '*** Frobnicate File: foo' is not a valid hunk header. Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'",
  '015': 'Failed to read file to update <cwd>/missing.txt: No such file or directory (os error 2)',
}

const scenarios = inFixtures('apply-patch', 'scenarios')
const names = readdirSync(scenarios, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted()

test('the folder holds the cases the reference was run on', () => {
  expect(names).toHaveLength(25)
  expect(Object.keys(FAILURES).filter((number) => !names.some((name) => name.startsWith(number)))).toEqual([])
})

/** Runs a case in a fresh directory. */
async function runCase(name: string, run: (patch: string, cwd: string) => Outcome | Promise<Outcome>) {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-patch-')))
  try {
    const input = join(scenarios, name, 'input')
    if (existsSync(input)) cpSync(input, cwd, { recursive: true })
    const { exitCode, stdout, stderr } = await run(readFileSync(join(scenarios, name, 'patch.txt'), 'utf8'), cwd)
    return { exitCode, stdout, stderr: stderr.replaceAll(cwd, '<cwd>'), tree: treeOf(cwd) }
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

/** The whole tree, the exit code and both streams. */
function expected(name: string) {
  const failure = FAILURES[name.slice(0, 3)]
  const tree = treeOf(join(scenarios, name, 'expected'))
  if (failure !== undefined) return { exitCode: 1, stdout: '', stderr: `${failure}\n`, tree }
  const stdout: unknown = expect.stringMatching(/^Success\. Updated the following files:\n(?:[AMD] .+\n)+$/)
  return { exitCode: 0, stdout, stderr: '', tree }
}

/** Every file below a directory, its bytes in hexadecimal. Directories are there by what is in them. */
function treeOf(root: string): Readonly<Record<string, string>> {
  if (!existsSync(root)) return {}
  const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => !entry.isDirectory())
  const contents = files.map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name)
    return [relative(root, path).replaceAll(sep, '/'), readFileSync(path).toString('hex')]
  })
  return Object.fromEntries(contents)
}

describe('the recorded patches, by the library', () => {
  it.each(names)('%s', async (name) => {
    const outcome = await runCase(name, (patch, cwd) =>
      runStandalone({
        argv: [patch],
        stdin: () => Promise.reject(new Error('standard input was read')),
        cwd: AbsolutePath.from(cwd),
        files: new FolderFiles(),
        signal: new AbortController().signal,
      }),
    )
    expect(outcome).toEqual(expected(name))
  })
})

describe('the recorded patches, by octavo apply-patch', () => {
  const program = fileURLToPath(new URL('../apps/cli/dist/octavo.mjs', import.meta.url))
  const isBuilt = existsSync(program)
  const cases = isBuilt ? names : []

  const run = (cwd: string, argv: readonly string[], input?: string): Outcome => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'apply-patch', ...argv], { cwd, input, encoding: 'utf8' })
    return { exitCode: status, stdout, stderr }
  }

  it('the program is there', () => {
    expect(isBuilt, `the program is not built: run npm run build, which makes ${program}`).toBe(true)
  })

  it.each(cases)('%s, as an argument', async (name) => {
    expect(await runCase(name, (patch, cwd) => run(cwd, [patch]))).toEqual(expected(name))
  })

  it.each(cases)('%s, by standard input', async (name) => {
    expect(await runCase(name, (patch, cwd) => run(cwd, [], patch))).toEqual(expected(name))
  })

  it.each(isBuilt ? [[['a', 'b'], /^Error: apply_patch accepts exactly one argument\.\n$/] as const, [[], /^[Uu]sage: /] as const] : [])(
    'called wrongly, with the arguments %j, it exits 2 and says how',
    (argv, stderr) => {
      const outcome = run(tmpdir(), argv, '')
      expect(outcome).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) })
    },
  )
})
