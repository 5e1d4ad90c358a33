import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { numberedNames } from './names.ts'

/** What the product must show: a row for each number, and the issues whose rows must have a test by now. */
export interface Behaviours {
  readonly resolved: readonly string[]
  readonly rows: Readonly<Record<string, BehaviourRow>>
}

interface BehaviourRow {
  /** Letters of issues: of two, the first proves the part that exists by then, the last completes it. */
  readonly owner: string
  readonly shows: string
}

/** A test that names a number, by the file it stands in, relative to the root, and its name. */
export interface NumberedTest {
  readonly number: string
  readonly file: string
  readonly name: string
}

const FOLDERS = ['apps', 'conformance', 'examples', 'packages', 'test']
/** Besides tests by their name, the suites that a tester of adapters runs. */
const TEST_FILE = /(?:\.(?:test|test-d|scenario|long|conformance)\.ts$)|(?:^packages\/testing\/src\/conformance\/.*\.ts$)/
const SKIPPED = new Set(['node_modules', 'dist', 'fixtures', 'golden', '.turbo'])
/** The tests of the map itself name numbers that mean nothing. */
const OWN = 'test/behaviours/'

export function readBehaviours(root: string): Behaviours {
  return JSON.parse(readFileSync(join(root, 'docs', 'behaviours.json'), 'utf8')) as Behaviours
}

/** Every test that names a number, by file and then as they stand in it. */
export function readNumberedTests(root: string): NumberedTest[] {
  return FOLDERS.flatMap((folder) => testFiles(root, join(root, folder)))
    .toSorted(byText)
    .flatMap((file) => numberedNames(readFileSync(join(root, file), 'utf8')).map((named) => ({ file, ...named })))
}

/** The map as a page of documentation. */
export function renderMap({ rows, resolved }: Behaviours, tests: readonly NumberedTest[]): string {
  const lines = Object.entries(rows).map(([number, { owner, shows }]) => {
    const named = testsOf(number, tests).map(({ file, name }) => `\`${file}\`: ${escapeCell(name)}`)
    return `| ${number} | ${owner} | ${escapeCell(shows)} | ${named.join('<br>')} |`
  })
  return [
    '# Behaviours and their tests',
    '',
    'Written by `npm run behaviours` from `docs/behaviours.json` and the names of the tests; do not edit.',
    'F is a behaviour, H a hazard that must not come back. The owner is the letter of the issue whose tests prove the row;',
    'of two letters the first proves what exists by then, and the last completes it.',
    `Rows of resolved issues (${resolved.join(', ')}) must have a test.`,
    '',
    '| number | owner | what is shown | tests |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

/** Numbers that a resolved issue owns and no test names. */
export function unproven({ rows, resolved }: Behaviours, tests: readonly NumberedTest[]): string[] {
  return Object.entries(rows)
    .filter(([, { owner }]) => owner.split(', ').some((letter) => resolved.includes(letter)))
    .filter(([number]) => testsOf(number, tests).length === 0)
    .map(([number, { owner, shows }]) => `${number} (${owner}): no test says that ${shows}`)
}

/** Tests that name a number which is not in the map. */
export function unknownNumbers({ rows }: Behaviours, tests: readonly NumberedTest[]): string[] {
  return tests.filter(({ number }) => !(number in rows)).map(({ number, file, name }) => `${file}: there is no ${number}: ${name}`)
}

function testsOf(number: string, tests: readonly NumberedTest[]): readonly NumberedTest[] {
  return tests.filter((test) => test.number === number)
}

function escapeCell(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll(/\s+/g, ' ')
}

function testFiles(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : testFiles(root, path)
    const file = relative(root, path).split(sep).join('/')
    return TEST_FILE.test(file) && !file.startsWith(OWN) ? [file] : []
  })
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
