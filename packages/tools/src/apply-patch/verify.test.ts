import { AbsolutePath, CancelledError } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { parsePatch } from './parse.ts'
import { verifyPatch } from './verify.ts'

const cwd = AbsolutePath.from('/w')
const OS = process.platform === 'darwin' ? 'macos' : process.platform === 'win32' ? 'windows' : process.platform
const verify = (files: MemoryFiles, ...lines: readonly string[]) =>
  verifyPatch(parsePatch(['*** Begin Patch', ...lines, '*** End Patch'].join('\n')), { cwd, files, signal: new AbortController().signal })

describe('a patch compared with the disk', () => {
  it('tells each change by absolute path in patch order, and every path that will be touched', async () => {
    const files = new MemoryFiles({ '/w/z': 'a\nb\nc\n', '/w/m': '1\n', '/w/d': 'gone\n' })
    const before = files.tree
    const lines = [
      '*** Update File: z',
      '-b',
      '+B',
      '*** Update File: ./m',
      '*** Move to: sub/n',
      '-1',
      '+2',
      '*** Delete File: d',
      '*** Add File: ../a',
      '+x',
    ]
    const { changes, paths } = await verify(files, ...lines)
    expect(Object.entries(changes)).toEqual([
      ['/w/z', { type: 'update', unifiedDiff: '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n', movePath: null }],
      ['/w/m', { type: 'update', unifiedDiff: '@@ -1 +1 @@\n-1\n+2\n', movePath: '/w/sub/n' }],
      ['/w/d', { type: 'delete', content: 'gone\n' }],
      ['/a', { type: 'add', content: 'x\n' }],
    ])
    expect(paths).toEqual(['/w/z', '/w/m', '/w/sub/n', '/w/d', '/a'])
    expect([files.tree, files.log]).toEqual([before, []])
  })

  it('a move onto itself is an update without a move (attack 82)', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.link('/w/l', 'f')
    expect((await verify(files, '*** Update File: f', '*** Move to: ./f', '-a')).changes).toMatchObject({ '/w/f': { movePath: null } })
    const { changes, paths } = await verify(files, '*** Update File: f', '*** Move to: l', '-a')
    expect(changes).toMatchObject({ '/w/f': { movePath: null } })
    expect(paths).toEqual(['/w/f', '/w/l'])
  })

  it('of deleted files that are no text or very large nothing is shown', async () => {
    const files = new MemoryFiles({ '/w/bin': new Uint8Array([0xff]), '/w/big': 'x'.repeat(2 ** 20 + 1), '/w/held': 'x' })
    files.failing.set('read /w/held', 'denied')
    const { changes } = await verify(files, '*** Delete File: bin', '*** Delete File: big', '*** Delete File: held')
    expect(Object.values(changes)).toEqual(Array.from({ length: 3 }, () => ({ type: 'delete', content: '' })))
  })

  it.each([
    ['a file twice', ['*** Update File: f', '-a', '*** Update File: f', '-b'], '/w/f'],
    ['a file in two spellings', ['*** Update File: f', '-a', '*** Delete File: ./x/../f'], '/w/f'],
    ['a new file twice', ['*** Add File: n', '*** Add File: /w/n'], '/w/n'],
    ['two moves to one place', ['*** Update File: f', '*** Move to: n', '-a', '*** Update File: g', '*** Move to: n', '-a'], '/w/n'],
    ['a move onto a file just written', ['*** Add File: n', '*** Update File: f', '*** Move to: n', '-a'], '/w/n'],
    ['a file just moved there', ['*** Update File: f', '*** Move to: g', '-a', '*** Delete File: g'], '/w/g'],
  ])('%s is refused (attack 89)', async (_, lines, path) => {
    const files = new MemoryFiles({ '/w/f': 'a\nb\n', '/w/g': 'a\n' })
    await expect(verify(files, ...lines)).rejects.toMatchObject({ code: 'invalid_patch', message: `multiple operations target ${path}` })
  })

  it('a name given up by an earlier hunk can be taken by a move', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n', '/w/g': 'a\n' })
    const { paths } = await verify(files, '*** Delete File: g', '*** Update File: f', '*** Move to: g', '-a')
    expect(paths).toEqual(['/w/g', '/w/f'])
  })

  it.each([
    ['an update that does not fit', ['*** Add File: n', '*** Update File: f', '-x'], 'Failed to find expected lines in /w/f:\nx'],
    ['a context that is missing', ['*** Update File: f', '@@ x', '-a'], "Failed to find context 'x' in /w/f"],
    ['an update of nothing', ['*** Update File: no', '-a'], 'Failed to read file to update /w/no: No such file or directory (os error 2)'],
    ['an update of a name with a slash', ['*** Update File: f/', '-a'], 'Failed to read file to update /w/f: path `/w/f` is not a file'],
    ['a deletion of nothing', ['*** Delete File: no'], 'Failed to delete file /w/no'],
    ['a deletion of a name with a slash', ['*** Delete File: f/'], 'Failed to delete file /w/f'],
    ['a path with NUL', ['*** Update File: f', '*** Move to: a\0b', '-a'], `'a\0b' is invalid on '${OS}'`],
  ])('%s is found before anything is asked (F59)', async (_, lines, message) => {
    await expect(verify(new MemoryFiles({ '/w/f': 'a\n' }), ...lines)).rejects.toMatchObject({ name: 'PatchError', message })
  })

  it('an abort ends it', async () => {
    const patch = parsePatch('*** Begin Patch\n*** Add File: a\n*** End Patch')
    const signal = AbortSignal.abort(new CancelledError('interrupted'))
    await expect(verifyPatch(patch, { cwd, files: new MemoryFiles(), signal })).rejects.toThrow(CancelledError)
  })
})
