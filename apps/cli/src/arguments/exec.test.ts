import { expect, test } from 'vitest'
import { type ExecArguments, readExecArguments } from './exec.ts'
import { ArgumentsError } from './flags.ts'

const nothing = readExecArguments([])

test('an empty command line is a new thread with its prompt on stdin', () => {
  expect(nothing).toEqual({
    help: false,
    overrides: [],
    model: null,
    profile: null,
    sandbox: null,
    bypass: false,
    cwd: null,
    addDirs: [],
    skipGitRepoCheck: false,
    ephemeral: false,
    ignoreUserConfig: false,
    outputSchema: null,
    json: false,
    lastMessageFile: null,
    images: [],
    color: 'auto',
    threadSource: null,
    continues: null,
    review: null,
    prompt: null,
  })
})

test.each<[string, readonly string[], Partial<typeof nothing>]>([
  ['a prompt', ['fix it'], { prompt: 'fix it' }],
  ['a dash is a prompt of its own', ['-'], { prompt: '-' }],
  ['what follows -- is a prompt, whatever it looks like', ['--', '--json'], { prompt: '--json' }],
  ['the word resume behind -- is a prompt', ['--', 'resume'], { prompt: 'resume' }],
  ['values behind = or as the next word', ['--model=a', '-C', '/x', '-m', 'b'], { model: 'b', cwd: '/x' }],
  ['a short option takes what is glued to it', ['-mb', '-ck=1', '-c=l=2'], { model: 'b', overrides: ['k=1', 'l=2'] }],
  ['a value may itself be an override with a dash', ['-c', 'a.b=-1'], { overrides: ['a.b=-1'] }],
  [
    'features are overrides in their order',
    ['--enable', 'x', '-c', 'm=1', '--disable', 'y'],
    { overrides: ['features.x=true', 'm=1', 'features.y=false'] },
  ],
  ['the older name of --json', ['--experimental-json'], { json: true }],
  ['both spellings of the bypass', ['--yolo'], { bypass: true }],
  ['images by commas and by repeating', ['-i', 'a.png,b.png', '--image=c.png'], { images: ['a.png', 'b.png', 'c.png'] }],
  [
    'an image option takes every word up to the next option',
    ['-i', 'a.png', 'b.png', '-m', 'x', 'look'],
    { images: ['a.png', 'b.png'], model: 'x', prompt: 'look' },
  ],
  ['-- ends what an image option takes', ['-i', 'a.png', '--', 'look'], { images: ['a.png'], prompt: 'look' }],
  ['resume by id, prompt on stdin', ['resume', 'T'], { continues: { how: 'resume', id: 'T', allDirectories: false } }],
  [
    'resume by id with a prompt',
    ['resume', 'T', 'go on'],
    { continues: { how: 'resume', id: 'T', allDirectories: false }, prompt: 'go on' },
  ],
  [
    'with --last the lone word is the prompt',
    ['resume', '--last', 'go on'],
    { continues: { how: 'resume', id: null, allDirectories: false }, prompt: 'go on' },
  ],
  ['fork by id with a prompt', ['fork', 'T', 'go on'], { continues: { how: 'fork', id: 'T', allDirectories: false }, prompt: 'go on' }],
  ['--all widens --last', ['resume', '--last', '--all'], { continues: { how: 'resume', id: null, allDirectories: true } }],
  [
    'options before and after resume',
    ['-m', 'a', 'resume', 'T', '-s', 'read-only'],
    { model: 'a', sandbox: 'read-only', continues: { how: 'resume', id: 'T', allDirectories: false } },
  ],
  [
    'a value that is the word resume',
    ['-m', 'resume', 'resume', 'T'],
    { model: 'resume', continues: { how: 'resume', id: 'T', allDirectories: false } },
  ],
  [
    'after resume an image option takes one word',
    ['resume', 'T', '-i', 'a.png', 'look'],
    { images: ['a.png'], continues: { how: 'resume', id: 'T', allDirectories: false }, prompt: 'look' },
  ],
  ['what the older option says is accepted', ['--cyber-access-program', 'p', '--thread-source', 's'], { threadSource: 's' }],
])('%s', (_name, argv, expected) => {
  expect(readExecArguments(argv)).toEqual({ ...nothing, ...expected })
})

test('the argument order of the published SDK is understood (R61)', () => {
  const argv = [
    'exec --experimental-json --config a.b=[1, "x"] --config openai_base_url="http://h/v1" --model m --sandbox read-only --cd /w',
    '--add-dir /a --add-dir /b --skip-git-repo-check --output-schema /t/schema.json --config approval_policy="never" resume T --image /i/1.png --image /i/2.png',
  ]
  const words = argv.join(' ').match(/\[[^\]]*\]|\S+\[[^\]]*\]|\S+/g) ?? []
  expect(readExecArguments(words.slice(1))).toEqual({
    ...nothing,
    json: true,
    overrides: ['a.b=[1, "x"]', 'openai_base_url="http://h/v1"', 'approval_policy="never"'],
    model: 'm',
    sandbox: 'read-only',
    cwd: '/w',
    addDirs: ['/a', '/b'],
    skipGitRepoCheck: true,
    outputSchema: '/t/schema.json',
    continues: { how: 'resume', id: 'T', allDirectories: false },
    images: ['/i/1.png', '/i/2.png'],
  })
})

test.each<[string, readonly string[], string]>([
  ['an unknown option', ['--nope'], 'unknown option --nope'],
  ['a near miss', ['--modle', 'x'], 'unknown option --modle; did you mean --model?'],
  ['an unknown letter', ['-z'], 'unknown option -z'],
  ['a missing value', ['-m'], 'option -m needs a value: -m <MODEL>'],
  ['an option where a value is due', ['-m', '--json'], 'option -m needs a value: -m <MODEL>'],
  ['a value for a switch', ['--json=1'], 'option --json takes no value'],
  ['a wrong choice', ['-s', 'wild'], 'option -s takes read-only, workspace-write, danger-full-access; not "wild"'],
  ['an override without a value', ['-c', 'model'], 'option -c takes key=value; not "model"'],
  ['two prompts', ['one', 'two'], 'unexpected argument "two"; quote a prompt of several words'],
  ['fork of nothing', ['fork'], 'fork needs a thread id'],
  ['fork of the newest', ['fork', '--last'], 'fork takes the id or the name of a thread'],
  ['resume of nothing', ['resume'], 'resume needs a thread id or --last'],
  ['--last without resume', ['--last'], '--last and --all belong to: octavo exec resume --last'],
  ['a review of nothing', ['review'], 'Specify --uncommitted, --base, --commit, or provide custom review instructions'],
  [
    'a review of two things',
    ['review', '--uncommitted', '--base', 'main'],
    'review takes one of --uncommitted, --base, --commit and a prompt',
  ],
  ['a title of no commit', ['review', '--title', 'x', '--base', 'main'], '--title belongs to: octavo exec review --commit <SHA>'],
  ['a target without a review', ['--base', 'main', 'do it'], '--base belongs to: octavo exec review'],
  ['a review of the newest thread', ['review', '--last', '--uncommitted'], '--last and --all belong to: octavo exec resume --last'],
])('%s is refused', (_name, argv, message) => {
  expect(() => readExecArguments(argv)).toThrow(new ArgumentsError(message))
})

test.each<[readonly string[], ExecArguments['review'], string | null]>([
  [['review', '--uncommitted'], { type: 'uncommittedChanges' }, null],
  [['-m', 'x', 'review', '--base', 'main', '--json'], { type: 'baseBranch', branch: 'main' }, null],
  [['review', '--commit', 'abc', '--title', 'a thing'], { type: 'commit', sha: 'abc', title: 'a thing' }, null],
  [['review', 'look at the tests'], 'prompt', 'look at the tests'],
  [['review', '-'], 'prompt', '-'],
  [['--', 'review'], null, 'review'],
])('%j asks for the review %j', (argv, review, prompt) => {
  expect(readExecArguments(argv)).toMatchObject({ review, prompt })
})
