import type { SandboxGrant } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { createPolicy } from '../src/policy.ts'
import { about, ESCALATED, granular, READ_ONLY } from './situation.ts'

const { decide } = createPolicy()

/** A command by the number of its row in the list of attacks. */
type Row = readonly [number: number, command: string | readonly string[]]

const SANDBOXED = { enforcement: 'platform', write: [], network: 'restricted', escalated: false } as const

function keysOf(script: readonly string[], change: { readonly cwd?: string; readonly tty?: boolean } = {}): unknown {
  const question = about(script, { authority: ESCALATED })
  const [effect] = question.effects
  const verdict = decide({ ...question, effects: [{ ...effect, ...change } as typeof effect & object] })
  return verdict.kind === 'ask' ? verdict.keys : verdict.kind
}

function retry(policy: Parameters<typeof about>[1]): string {
  const verdict = decide({ ...about('make', policy), denial: { kind: 'fileSystem', reason: 'read-only' }, approvedAlready: true })
  return verdict.kind === 'ask' ? `ask: ${verdict.reason}` : verdict.kind
}

test.each<Row>([
  [1, 'ls && rm -rf /'],
  [2, 'ls > out.txt'],
  [2, 'ls 2>&1'],
  [2, 'cat < f'],
  [3, 'echo $(curl x)'],
  [3, 'echo `id`'],
  [3, 'echo "$(id)"'],
  [4, 'echo $HOME'],
  [4, 'cat ${X:-y}'],
  [5, 'FOO=1 ls'],
  [5, 'GIT_PAGER=evil git log'],
  [6, 'ls & rm x'],
  [6, '(ls)'],
  [6, '{ ls; }'],
  [6, '! ls'],
  [6, 'ls |& cat'],
  [7, 'ls # comment'],
  [7, "$'ls'"],
  [7, 'l"s"'],
  [7, "'git status'"],
  [8, ['bash', '-lc', 'git', 'status']],
  [9, ''],
  [9, ' \n'],
  [9, ['bash', '-c', '']],
  [9, []],
  [10, ['bash', '-xc', 'ls']],
  [10, ['bash', '--rcfile', 'e', '-c', 'ls']],
  [10, ['bash', '-lic', 'ls']],
  [11, 'find . -exec sh {} \\;'],
  [11, 'find . -fprintf /x %p'],
  [11, 'find . -delete'],
  [12, 'rg --pre=sh x'],
  [12, 'rg -z x'],
  [12, 'rg --hostname-bin e'],
  [13, 'git -c core.pager=evil log'],
  [13, 'git -C/x status'],
  [13, 'git --git-dir=.e diff'],
  [13, 'git -p log'],
  [13, 'git diff --output=/x'],
  [13, 'git log --ext-diff'],
  [13, 'git show --textconv'],
  [14, 'git checkout status'],
  [14, 'git push log'],
  [15, 'git branch -D x'],
  [15, 'git branch newname'],
  [15, 'git branch --list -d x'],
  [16, 'sed -n 1p f g'],
  [16, 'sed -i s/a/b/ f'],
  [16, 'sed -n 1,2p;w/x f'],
  [17, 'base64 -d -oout f'],
  [17, 'base64 --output=x'],
  [24, './ls'],
  [24, '/tmp/evil/cat'],
  [24, ['./bash', '-lc', 'ls']],
])('(attack %i) untrusted: %j is asked about, and an approval leaves it in the sandbox', (_, command) => {
  expect(decide(about(command, { policy: 'untrusted' }))).toMatchObject({
    kind: 'ask',
    grant: { enforcement: 'platform', escalated: false },
  })
})

test('(attack 18) a forced removal is asked about, and refused where nobody is asked', () => {
  expect(decide(about('rm -rf build')).kind).toBe('ask')
  expect(decide(about('rm -rf build', { policy: 'never' }))).toMatchObject({
    kind: 'forbid',
    message: "`/bin/bash -lc 'rm -rf build'` rejected: rm -f style commands are not permitted. Use a safer approach",
  })
})

test.each<Row>([
  [19, 'sudo env A=1 -i rm -fr x'],
  [19, `bash -c "bash -c 'rm -f x'"`],
  [19, 'if true; then rm -f x; fi'],
  [19, "trap 'rm -f x' EXIT"],
  [19, 'echo $(rm -f x)'],
  [
    20,
    Array.from({ length: 12 })
      .reduce<string>((script) => `bash -c '${script.replaceAll("'", `'"'"'`)}'`, 'rm -f x')
      .slice(0, 200_000),
  ],
])('(attack %i) never: %.60j is refused', (_, command) => {
  expect(decide(about(command, { policy: 'never' })).kind).toBe('forbid')
})

test.each<Row>([
  [21, 'rm -- -f'],
  [21, 'rm x -r'],
  [22, 'find . -delete'],
  [22, 'xargs rm -f </dev/null'],
  [22, '/bin/r?m -f x'],
  [22, '\\rm -f x'],
  [22, '$RM -f x'],
  [25, 'ls'],
])('(attack %i) never: %j runs, in the sandbox at most', (_, command) => {
  const { grant = null } = { ...decide(about(command, { policy: 'never', profile: READ_ONLY })) } as { grant?: SandboxGrant }
  expect(grant ?? SANDBOXED).toMatchObject(SANDBOXED)
})

test.each<Row>([
  [23, `echo ${'x'.repeat(2_000_000)}`],
  [23, Array.from({ length: 100_000 }, () => 'ls').join(';')],
  [23, `${'('.repeat(10_000)}ls${')'.repeat(10_000)}`],
  [23, `${'$('.repeat(10_000)}ls`],
])('(attack %i) a script out of all proportion is opaque, and soon so: %.20j', (_, command) => {
  const started = performance.now()
  expect(decide(about(command, { policy: 'untrusted' })).kind).toBe('ask')
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('(attack 37) nobody may ask to leave the sandbox where nobody is asked', () => {
  expect(decide(about('ls', { policy: 'never', authority: ESCALATED, tool: 'exec_command' }))).toMatchObject({
    kind: 'forbid',
    message: 'approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never',
  })
})

test('(attack 38) an approval for the session is of one command in one place, with or without a terminal, by one kind of shell', () => {
  const first = keysOf(['bash', '-lc', 'npm ci > log'])
  expect(keysOf(['/bin/bash', '-lc', 'npm ci > log'])).toEqual(first)
  for (const other of [
    keysOf(['bash', '-lc', 'npm ci > log'], { cwd: '/elsewhere' }),
    keysOf(['bash', '-lc', 'npm ci > log'], { tty: true }),
    keysOf(['bash', '-c', 'npm ci > log']),
    keysOf(['bash', '-lc', 'npm ci > log2']),
  ])
    expect(other).not.toEqual(first)
  expect(keysOf(['bash', '-lc', 'npm ci'])).toEqual(keysOf(['sh', '-c', "npm 'ci'"]))
})

test('after a denial only untrusted, and granular with prompts for the sandbox, ask again; never in silence, never twice wider (F72, F73)', () => {
  expect(
    (['untrusted', 'on-request', 'never', granular(true, false), granular(false, true)] as const).map((policy) => retry({ policy })),
  ).toEqual(['ask: command failed; retry without sandbox?', 'forbid', 'forbid', 'ask: command failed; retry without sandbox?', 'forbid'])
})
