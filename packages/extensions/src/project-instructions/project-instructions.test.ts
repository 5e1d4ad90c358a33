import { AbsolutePath, CancelledError, type JsonValue, systemClock } from '@octavo/base'
import type { ContributorContext, ExtensionState, ThreadHost, WorldStateInput, WorldStateSection } from '@octavo/extension-api'
import type { SessionId, ThreadId, TurnId, TurnSettings } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { memoryFiles, type MemoryFiles } from '../../test/memory-files.ts'
import { projectInstructions, type ProjectInstructionsOptions } from './project-instructions.ts'

const cwd = AbsolutePath.from('/p/src')
const defaults: ProjectInstructionsOptions = {
  maxBytes: 32_768,
  fallbackFilenames: [],
  rootMarkers: ['.git'],
  userFolders: [AbsolutePath.from('/home/.octavo'), AbsolutePath.from('/home/.codex')],
}

interface Bench {
  readonly files: MemoryFiles
  readonly section: WorldStateSection
  readonly warnings: readonly string[]
  stop(): void
  capture(change?: Partial<Pick<WorldStateInput, 'turnId' | 'cwd' | 'signal'>>): Promise<JsonValue | null>
  /** The text the model gets in a new thread. */
  text(): Promise<string | null>
}

/** A thread in `/p/src`, a project with its root in `/p`. */
function bench(
  contents: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ProjectInstructionsOptions> = {},
  { contributes } = projectInstructions({ ...defaults, ...options }),
  name = 'thread',
): Bench {
  const files = memoryFiles({ '/p/.git/HEAD': 'ref', ...contents })
  const [section] = contributes.worldState ?? []
  if (section === undefined) throw new Error('the extension offers no section')
  const threadId = name as ThreadId // any text will do: the extension only compares it
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  // The extension warns, and uses nothing else of its host.
  const host = { threadId, warn } as unknown as ThreadHost
  const state: ExtensionState = { levelId: () => threadId, get: (key) => key.initial(), set: () => undefined }
  const signal = new AbortController().signal
  const sessionId = name as SessionId
  const context: ContributorContext = {
    extensionId: 'project-instructions',
    threadId,
    sessionId,
    turnId: null,
    state,
    clock: systemClock,
    warn,
    signal,
  }
  void contributes.threadLifecycle?.started?.(host, context)
  const capture: Bench['capture'] = async (change = {}) =>
    section.capture({
      threadId,
      turnId: 'turn-1' as TurnId,
      settings: {} as TurnSettings, // not looked at
      files,
      shell: { path: '/bin/sh', kind: 'sh' },
      cwd,
      today: null,
      signal,
      ...change,
    })
  const stop = (): void => void contributes.threadLifecycle?.stopped?.(context)
  return { files, section, warnings, stop, capture, text: async () => section.render(await capture(), undefined) }
}

function wrapped(text: string): string {
  return `# AGENTS.md instructions for /p/src\n\n<INSTRUCTIONS>\n${text}\n</INSTRUCTIONS>`
}

const fallback = { fallbackFilenames: ['', 'CLAUDE.md', 'AGENTS.md', '.github/copilot.md'] }

test.each<[string, Readonly<Record<string, string | Uint8Array>>, Partial<ProjectInstructionsOptions>, string | null]>([
  ['nothing', {}, {}, null],
  ['one file', { '/p/AGENTS.md': 'A\n' }, {}, 'A\n'],
  ['from the root down', { '/p/src/AGENTS.md': 'B', '/p/AGENTS.md': 'A' }, {}, 'A\n\nB'],
  ['not above the root, not below', { '/AGENTS.md': 'X', '/p/src/deep/AGENTS.md': 'X', '/p/other/AGENTS.md': 'X' }, {}, null],
  ['the override first', { '/p/AGENTS.md': 'X', '/p/AGENTS.override.md': 'A' }, {}, 'A'],
  ['a blank override hides the file beside it', { '/p/AGENTS.md': 'X', '/p/AGENTS.override.md': ' \n' }, {}, null],
  ['a fallback', { '/p/CLAUDE.md': 'A', '/p/src/.github/copilot.md': 'B' }, fallback, 'A\n\nB'],
  ['a fallback only where there is no AGENTS.md', { '/p/CLAUDE.md': 'X', '/p/AGENTS.md': 'A' }, fallback, 'A'],
  ['no fallback unless named', { '/p/CLAUDE.md': 'X' }, {}, null],
  ['a directory of that name is no file', { '/p/AGENTS.md/x': 'X', '/p/CLAUDE.md': 'A' }, fallback, 'A'],
  ['blank files are left out', { '/p/AGENTS.md': ' \n\t', '/p/src/AGENTS.md': 'B' }, {}, 'B'],
  ['no markers: the working directory only', { '/p/AGENTS.md': 'X', '/p/src/AGENTS.md': 'B' }, { rootMarkers: [] }, 'B'],
  ['no marker found: the working directory only', { '/p/AGENTS.md': 'X', '/p/src/AGENTS.md': 'B' }, { rootMarkers: ['.hg'] }, 'B'],
  ['the nearest marker', { '/p/AGENTS.md': 'X', '/p/src/go.mod': '', '/p/src/AGENTS.md': 'B' }, { rootMarkers: ['.git', 'go.mod'] }, 'B'],
  ['the user', { '/home/.octavo/AGENTS.md': '\n U \n' }, {}, 'U'],
  [
    'the user and the project',
    { '/home/.octavo/AGENTS.md': 'U', '/p/AGENTS.md': 'A', '/p/src/AGENTS.md': 'B' },
    {},
    'U\n\n--- project-doc ---\n\nA\n\nB',
  ],
  [
    'the first file of the user with text',
    { '/home/.octavo/AGENTS.override.md': ' ', '/home/.octavo/AGENTS.md': 'U', '/home/.codex/AGENTS.md': 'X' },
    {},
    'U',
  ],
  ['the second folder of the user', { '/home/.codex/AGENTS.md': 'U' }, {}, 'U'],
  ['a limit of 0 leaves the user', { '/home/.codex/AGENTS.md': 'U', '/p/AGENTS.md': 'X' }, { maxBytes: 0 }, 'U'],
  [
    'the user costs nothing',
    { '/home/.codex/AGENTS.md': 'UUUU', '/p/AGENTS.md': 'AB' },
    { maxBytes: 2 },
    'UUUU\n\n--- project-doc ---\n\nAB',
  ],
  ['blank files cost nothing', { '/p/AGENTS.md': '     ', '/p/src/AGENTS.md': 'AB' }, { maxBytes: 2 }, 'AB'],
  ['bytes that are no UTF-8', { '/p/AGENTS.md': new Uint8Array([0x41, 0xff]) }, {}, 'A\uFFFD'],
])('the model sees %s', async (_what, contents, options, text) => {
  const thread = bench(contents, options)
  expect({ text: await thread.text(), warnings: thread.warnings }).toEqual({ text: text === null ? null : wrapped(text), warnings: [] })
})

test.each([
  [6, 'AAAA\n\nBB'],
  [5, 'AAAA\n\nB'],
  [4, 'AAAA'],
  [3, 'AAA'],
])('with %i bytes the file that goes over is cut, those after it are left out, and that is told', async (maxBytes, text) => {
  const thread = bench({ '/p/AGENTS.md': 'AAAA', '/p/src/AGENTS.md': 'BBBB', '/p/src/x/AGENTS.md': 'CCCC' }, { maxBytes })
  const cut = maxBytes >= 4 ? '/p/src/AGENTS.md' : '/p/AGENTS.md'
  expect(await thread.text()).toBe(wrapped(text))
  expect(thread.warnings).toEqual([
    `${cut} is cut: the AGENTS.md files of this project are over ${maxBytes} bytes; raise project_doc_max_bytes`,
  ])
})

test.each([
  [1, 'a'],
  [2, 'a'],
  [4, 'a'],
  [5, 'a😀'],
  [6, 'a😀'],
  [7, 'a😀é'],
])('a cut at %i bytes falls between characters', async (maxBytes, text) => {
  expect(await bench({ '/p/AGENTS.md': 'a😀é…' }, { maxBytes }).text()).toBe(wrapped(text))
})

test('a file is read again only when its size or time changed', async () => {
  const thread = bench({ '/p/AGENTS.md': 'A', '/home/.codex/AGENTS.md': 'U' })
  const first = await thread.capture()
  expect(await thread.capture()).toEqual(first)
  expect(await thread.capture({ turnId: 'turn-2' as TurnId })).toEqual(first)
  expect(thread.files.reads).toEqual(['/home/.codex/AGENTS.md', '/p/AGENTS.md'])
  thread.files.set('/p/AGENTS.md', 'B')
  expect(await thread.capture()).toEqual({ directory: '/p/src', text: 'U\n\n--- project-doc ---\n\nB' })
  expect(thread.files.reads).toEqual(['/home/.codex/AGENTS.md', '/p/AGENTS.md', '/p/AGENTS.md'])
})

test('a change is the whole new text, headed by a line that says what it replaces', async () => {
  const { files, section, capture } = bench({ '/p/AGENTS.md': 'A' })
  const before = await capture()
  files.set('/p/src/AGENTS.md', 'B')
  const after = await capture()
  expect(section.render(after, before)).toBe(wrapped('These instructions replace all AGENTS.md instructions given earlier.\n\nA\n\nB'))
  expect([section.render(after, after), section.render(null, null), section.render(null, undefined)]).toEqual([null, null, null])
})

test('instructions that went away are taken back', async () => {
  const { files, section, capture } = bench({ '/p/AGENTS.md': 'A' })
  const before = await capture()
  files.set('/p/AGENTS.md', null)
  expect(await capture()).toBeNull()
  expect(section.render(null, before)).toBe(wrapped('The AGENTS.md instructions given earlier no longer apply.'))
})

test('the first instructions of a thread that had none are no replacement, also after another writer', async () => {
  const { section, capture } = bench({ '/p/AGENTS.md': 'A' })
  const now = await capture()
  expect([section.render(now, null), section.render(now, {})]).toEqual([wrapped('A'), wrapped('A')])
})

test('another working directory brings its own files, within the same turn', async () => {
  const { capture } = bench({ '/p/AGENTS.md': 'A', '/q/AGENTS.md': 'Q' })
  await capture()
  expect(await capture({ cwd: AbsolutePath.from('/q') })).toEqual({ directory: '/q', text: 'Q' })
})

test('a project that cannot be read keeps the instructions of the user, and is told once', async () => {
  const thread = bench({ '/p/AGENTS.md': 'A', '/home/.codex/AGENTS.md': 'U' })
  thread.files.deny('/p/src/AGENTS.md')
  expect([await thread.text(), await thread.text()]).toEqual([wrapped('U'), wrapped('U')])
  expect(thread.warnings).toEqual(['project instructions are left out: cannot read /p/src/AGENTS.md'])
})

test('a file that nobody can have written by hand is told and left out', async () => {
  const thread = bench({ '/p/AGENTS.md': new Uint8Array(8 * 1024 * 1024 + 1).fill(0x41) })
  expect(await thread.text()).toBeNull()
  expect(thread.warnings).toEqual(['project instructions are left out: /p/AGENTS.md is over 8388608 bytes'])
})

test('a directory above that nobody may look into ends no search', async () => {
  const thread = bench({ '/p/src/AGENTS.md': 'B' }, { rootMarkers: ['.hg'] })
  thread.files.deny('/p/.hg')
  expect([await thread.text(), thread.warnings]).toEqual([wrapped('B'), []])
})

test('cancellation is passed on, not told as a warning', async () => {
  const thread = bench({ '/p/AGENTS.md': 'A' })
  const controller = new AbortController()
  controller.abort(new CancelledError('interrupted'))
  await expect(thread.capture({ signal: controller.signal })).rejects.toThrow(CancelledError)
  expect(thread.warnings).toEqual([])
})

test('threads do not share what they remember, and a stopped one is forgotten', async () => {
  const extension = projectInstructions(defaults)
  const one = bench({ '/p/AGENTS.md': 'A' }, {}, extension, 'one')
  const two = bench({ '/p/AGENTS.md': 'B' }, {}, extension, 'two')
  expect([await one.text(), await two.text()]).toEqual([wrapped('A'), wrapped('B')])
  one.stop()
  expect([await one.text(), await two.text()]).toEqual([wrapped('A'), wrapped('B')])
  expect([one.files.reads.length, two.files.reads.length]).toEqual([2, 1])
})
