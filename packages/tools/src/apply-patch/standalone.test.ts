import { AbsolutePath } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { runStandalone } from './standalone.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const PATCH = '*** Begin Patch\n*** Delete File: d\n*** Update File: m\n-1\n+2\n*** Add File: ./a\n*** Add File: b\n*** End Patch\n'

function run(argv: readonly (string | Uint8Array)[], stdin: Uint8Array = new Uint8Array()) {
  const files = new MemoryFiles({ '/w/d': 'd', '/w/m': '1\n' })
  return runStandalone({ argv, stdin: async () => stdin, cwd: AbsolutePath.from('/w'), files, signal: new AbortController().signal })
}

describe('the patch tool as a program', () => {
  const done = { stdout: 'Success. Updated the following files:\nA ./a\nA b\nM m\nD d\n', stderr: '', exitCode: 0 }

  it('applies its argument and lists additions, changes and deletions as they are spelled', async () => {
    expect(await run([PATCH])).toEqual(done)
    expect(await run([encode(PATCH)])).toEqual(done)
  })

  it('applies standard input when there is no argument', async () => {
    expect(await run([], encode(PATCH))).toEqual(done)
  })

  it('lists a move by its destination, and a file as often as it was touched', async () => {
    const patch = '*** Begin Patch\n*** Update File: m\n-1\n+2\n*** Update File: m\n*** Move to: n\n-2\n+3\n*** End Patch'
    expect(await run([patch])).toEqual({ ...done, stdout: 'Success. Updated the following files:\nM m\nM n\n' })
  })

  it.each([
    ['nothing at all', [], new Uint8Array(), 2, 'Usage: apply_patch PATCH\n       apply_patch < PATCH-FILE'],
    ['two arguments', [PATCH, PATCH], new Uint8Array(), 2, 'Error: apply_patch accepts exactly one argument.'],
    ['an argument that is not UTF-8', [new Uint8Array([0xff])], new Uint8Array(), 1, 'Error: apply_patch requires a UTF-8 PATCH argument.'],
    [
      'input that is not UTF-8',
      [],
      new Uint8Array([0xff]),
      1,
      'Error: Failed to read PATCH from stdin.\nstream did not contain valid UTF-8',
    ],
    ['an empty argument', [''], encode(PATCH), 1, "Invalid patch: The last line of the patch must be '*** End Patch'"],
    ['no patch', ['x'], new Uint8Array(), 1, "Invalid patch: The first line of the patch must be '*** Begin Patch'"],
    [
      'an empty update',
      ['*** Begin Patch\n*** Update File: f\n*** End Patch'],
      new Uint8Array(),
      1,
      "Invalid patch hunk on line 2: Update file hunk for path 'f' is empty",
    ],
    ['an empty patch', ['*** Begin Patch\n*** End Patch'], new Uint8Array(), 1, 'No files were modified.'],
    [
      'a patch for another environment (attack 91)',
      ['*** Begin Patch\n*** Environment ID: box\n*** Add File: a\n*** End Patch'],
      new Uint8Array(),
      1,
      "Invalid patch: it is for environment 'box', and this program knows only its own directory",
    ],
    [
      'a hunk that fails behind one that does not',
      ['*** Begin Patch\n*** Add File: a\n*** Delete File: no\n*** End Patch'],
      new Uint8Array(),
      1,
      'Failed to delete file /w/no',
    ],
  ] as const)('%s', async (_, argv, stdin, exitCode, stderr) => {
    expect(await run(argv, stdin)).toEqual({ stdout: '', stderr: `${stderr}\n`, exitCode })
  })
})
