import type { ReviewTarget, SandboxMode } from 'octavo'
import { type COLOR_CHOICES, EXEC_FLAGS } from './exec-flags.ts'
import { ArgumentsError, readWords, type Flag } from './flags.ts'

export type ColorChoice = (typeof COLOR_CHOICES)[number]

/** What `octavo exec` was asked to do. Paths are as written. */
export interface ExecArguments {
  readonly help: boolean
  /** `key=value`, in order; `--enable` and `--disable` among them. */
  readonly overrides: readonly string[]
  readonly model: string | null
  readonly profile: string | null
  readonly sandbox: SandboxMode | null
  readonly bypass: boolean
  readonly cwd: string | null
  readonly addDirs: readonly string[]
  readonly skipGitRepoCheck: boolean
  readonly ephemeral: boolean
  readonly ignoreUserConfig: boolean
  readonly outputSchema: string | null
  readonly json: boolean
  readonly lastMessageFile: string | null
  readonly images: readonly string[]
  readonly color: ColorChoice
  readonly threadSource: string | null
  /** Null: a new thread. `id` null: the newest, which only a resume may ask for. */
  readonly continues: { readonly how: 'resume' | 'fork'; readonly id: string | null; readonly allDirectories: boolean } | null
  /** What is to be reviewed; `prompt`: what the prompt says. Null: no review was asked for. */
  readonly review: ReviewTarget | 'prompt' | null
  /** Null: stdin; `-` as well, said outright. */
  readonly prompt: string | null
}

// After such a word an image option takes one word: the prompt may follow it. A prompt of that word alone stands behind `--`.
const CONTINUING: ReadonlySet<string> = new Set(['resume', 'fork', 'review'])
const CONTINUING_FLAGS: readonly Flag[] = EXEC_FLAGS.map(({ greedy: _greedy, ...flag }) => flag)

/** @throws ArgumentsError */
export function readExecArguments(argv: readonly string[]): ExecArguments {
  const split = continuingIndex(argv)
  const reviews = split !== null && argv[split] === 'review'
  const how = split !== null && argv[split] === 'fork' ? 'fork' : 'resume'
  const before = readWords(split === null ? argv : argv.slice(0, split), EXEC_FLAGS)
  const after = split === null ? [] : readWords(argv.slice(split + 1), CONTINUING_FLAGS)
  const words = [...before, ...after]
  const all = (name: string): string[] =>
    words.flatMap((word) => (word.kind === 'flag' && word.flag.name === name ? [word.value ?? ''] : []))
  const last = (name: string): string | null => all(name).at(-1) ?? null
  const has = (name: string): boolean => all(name).length > 0
  const positionals = words.flatMap((word) => (word.kind === 'positional' ? [word.text] : []))

  if ((split === null || reviews) && (has('last') || has('all')))
    throw new ArgumentsError('--last and --all belong to: octavo exec resume --last')
  if (how === 'fork' && (has('last') || has('all'))) throw new ArgumentsError('fork takes the id or the name of a thread')
  const continues =
    split === null || reviews
      ? null
      : ({ how, id: has('last') ? null : (positionals.shift() ?? null), allDirectories: has('all') } as const)
  if (continues !== null && continues.id === null && !has('last') && !has('help')) {
    throw new ArgumentsError(how === 'fork' ? 'fork needs a thread id' : 'resume needs a thread id or --last')
  }
  if (positionals.length > 1)
    throw new ArgumentsError(`unexpected argument ${JSON.stringify(positionals[1])}; quote a prompt of several words`)

  const review = reviewOf({ reviews, given: (name) => last(name), hasPrompt: positionals.length > 0, helps: has('help') })
  return {
    help: has('help'),
    overrides: words.flatMap((word) => (word.kind === 'flag' ? overrideOf(word.flag.name, word.value ?? '') : [])),
    model: last('model'),
    profile: last('profile'),
    sandbox: last('sandbox') as SandboxMode | null, // readWords has checked the choices
    bypass: has('dangerously-bypass-approvals-and-sandbox'),
    cwd: last('cd'),
    addDirs: all('add-dir'),
    skipGitRepoCheck: has('skip-git-repo-check'),
    ephemeral: has('ephemeral'),
    ignoreUserConfig: has('ignore-user-config'),
    outputSchema: last('output-schema'),
    json: has('json'),
    lastMessageFile: last('output-last-message'),
    images: all('image').flatMap((list) => list.split(',').filter((file) => file !== '')),
    color: (last('color') as ColorChoice | null) ?? 'auto', // as above
    threadSource: last('thread-source'),
    continues,
    review,
    prompt: positionals[0] ?? null,
  }
}

interface ReviewWords {
  readonly reviews: boolean
  readonly given: (name: string) => string | null
  readonly hasPrompt: boolean
  readonly helps: boolean
}

/** One target, said by one option or by the prompt. */
function reviewOf({ reviews, given, hasPrompt, helps }: ReviewWords): ExecArguments['review'] {
  const asked = ['uncommitted', 'base', 'commit'].filter((name) => given(name) !== null)
  const title = given('title')
  if (!reviews) {
    const stray = [...asked, ...(title === null ? [] : ['title'])][0]
    if (stray !== undefined) throw new ArgumentsError(`--${stray} belongs to: octavo exec review`)
    return null
  }
  if (helps) return 'prompt'
  if (title !== null && given('commit') === null) throw new ArgumentsError('--title belongs to: octavo exec review --commit <SHA>')
  if (asked.length + (hasPrompt ? 1 : 0) > 1) throw new ArgumentsError('review takes one of --uncommitted, --base, --commit and a prompt')
  const [base, sha] = [given('base'), given('commit')]
  if (given('uncommitted') !== null) return { type: 'uncommittedChanges' }
  if (base !== null) return { type: 'baseBranch', branch: base }
  if (sha !== null) return { type: 'commit', sha, title }
  if (hasPrompt) return 'prompt'
  throw new ArgumentsError('Specify --uncommitted, --base, --commit, or provide custom review instructions')
}

/** Where the first positional of the command line stands, when it is a word that says what kind of task this is. */
function continuingIndex(argv: readonly string[]): number | null {
  for (const [index, text] of argv.entries()) {
    if (!CONTINUING.has(text)) continue
    // Only the words before it can tell whether it is a value, a prompt, or what an image option takes.
    const first = readWords(argv.slice(0, index + 1), EXEC_FLAGS).find((word) => word.kind === 'positional')
    if (first !== undefined) return CONTINUING.has(first.text) && !first.literal ? index : null
  }
  return null
}

function overrideOf(name: string, value: string): readonly string[] {
  if (name === 'config') {
    if (!value.includes('=')) throw new ArgumentsError(`option -c takes key=value; not ${JSON.stringify(value)}`)
    return [value]
  }
  if (name === 'enable' || name === 'disable') return [`features.${value}=${name === 'enable'}`]
  return []
}
