import { AbsolutePath, CancelledError } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { applyPatch } from './apply.ts'
import { parsePatch } from './parse.ts'

const cwd = AbsolutePath.from('/w')
const OS = process.platform === 'darwin' ? 'macos' : process.platform === 'win32' ? 'windows' : process.platform
const never = new AbortController().signal
const patch = (...lines: readonly string[]) => parsePatch(['*** Begin Patch', ...lines, '*** End Patch'].join('\n'))
const apply = (files: MemoryFiles, ...lines: readonly string[]) => applyPatch(patch(...lines), { cwd, files, signal: never })

/** The message of the failure, and what was done before it. */
async function failureOf(files: MemoryFiles, ...lines: readonly string[]) {
  const { failure, applied, exact } = await apply(files, ...lines)
  return { message: failure?.message ?? null, applied: applied.map(({ shown }) => shown), exact }
}

describe('file operations', () => {
  it('an added file makes its directories and replaces what was there', async () => {
    const files = new MemoryFiles({ '/w/b': 'old\r\n' })
    const { applied } = await apply(files, '*** Add File: deep/down/a', '+1', '+2', '*** Add File: b', '+new', '*** Add File: empty')
    expect(files.tree).toEqual({ '/w/b': 'new\n', '/w/deep/down/a': '1\n2\n', '/w/empty': '' })
    expect(applied).toEqual([
      { kind: 'added', shown: 'deep/down/a', path: '/w/deep/down/a', movedFrom: null },
      { kind: 'added', shown: 'b', path: '/w/b', movedFrom: null },
      { kind: 'added', shown: 'empty', path: '/w/empty', movedFrom: null },
    ])
  })

  it('writing follows links, also those that lead to nothing', async () => {
    const files = new MemoryFiles({ '/w/real': 'a\n' })
    files.link('/w/link', 'real')
    files.link('/w/dangling', 'made')
    await apply(files, '*** Update File: link', '-a', '+b', '*** Add File: dangling', '+c')
    expect(files.tree).toEqual({ '/w/dangling': '-> made', '/w/link': '-> real', '/w/made': 'c\n', '/w/real': 'b\n' })
  })

  it('deleting takes the link, not what it leads to', async () => {
    const files = new MemoryFiles({ '/w/real': 'a\n' })
    files.link('/w/link', 'real')
    await apply(files, '*** Delete File: link')
    expect(files.tree).toEqual({ '/w/real': 'a\n' })
  })

  it('a move writes the new file, makes its directories, and takes the old name away', async () => {
    const files = new MemoryFiles({ '/w/a': '1\n2\n', '/w/sub/b': 'lost' })
    const { applied } = await apply(files, '*** Update File: a', '*** Move to: sub/b', '-2', '+3')
    expect(files.tree).toEqual({ '/w/sub/b': '1\n3\n' })
    expect(applied).toEqual([{ kind: 'modified', shown: 'sub/b', path: '/w/sub/b', movedFrom: '/w/a' }])
    expect(files.log).toEqual(['write /w/sub/b', 'remove /w/a'])
  })

  it.each(['a', './a', 'x/../a', '/w/a'])('a move of a to %s is an update: the file stays (attack 82)', async (destination) => {
    const files = new MemoryFiles({ '/w/a': '1\n' })
    const { applied } = await apply(files, '*** Update File: a', `*** Move to: ${destination}`, '-1', '+2')
    expect(files.tree).toEqual({ '/w/a': '2\n' })
    expect(applied).toEqual([{ kind: 'modified', shown: destination, path: '/w/a', movedFrom: null }])
  })

  it('a move onto a link to the file itself does not lose it', async () => {
    const files = new MemoryFiles({ '/w/a': '1\n' })
    files.link('/w/link', 'a')
    await apply(files, '*** Update File: a', '*** Move to: link', '-1', '+2')
    expect(files.tree).toEqual({ '/w/a': '2\n', '/w/link': '-> a' })
  })

  it('a move through a linked directory onto itself does not lose the file', async () => {
    const files = new MemoryFiles({ '/w/d/a': '1\n' })
    files.link('/w/l', 'd')
    await apply(files, '*** Update File: l/a', '*** Move to: d/a', '-1', '+2')
    expect(files.tree).toEqual({ '/w/d/a': '2\n', '/w/l': '-> d' })
  })

  it('a link moved onto what it leads to is taken away, and the file stays', async () => {
    const files = new MemoryFiles({ '/w/a': '1\n' })
    files.link('/w/link', 'a')
    await apply(files, '*** Update File: link', '*** Move to: a', '-1', '+2')
    expect(files.tree).toEqual({ '/w/a': '2\n' })
  })

  it('one file may be touched by several hunks, in their order (attack 89)', async () => {
    const files = new MemoryFiles()
    await apply(files, '*** Add File: f', '+a', '*** Update File: ./f', '-a', '+b', '*** Update File: f', '*** Move to: g', ' b', '+c')
    expect(files.tree).toEqual({ '/w/g': 'b\nc\n' })
    await apply(files, '*** Delete File: g')
    expect(files.tree).toEqual({})
  })

  it('paths may lead out of the directory: what contains them is the grant (attack 78)', async () => {
    const files = new MemoryFiles()
    await apply(files, '*** Add File: ../escape', '*** Add File: /etc/x', '*** Add File: a/../../y', '*** Add File: ~/z')
    expect(Object.keys(files.tree)).toEqual(['/escape', '/etc/x', '/w/~/z', '/y'])
  })

  it('strange names are taken literally (attack 83)', async () => {
    const files = new MemoryFiles()
    await apply(files, '*** Add File: a\u2028b', '*** Add File: $HOME/*.ts', '*** Add File: %20"\\n')
    expect(Object.keys(files.tree)).toEqual(['/w/$HOME/*.ts', '/w/%20"\\n', '/w/a\u2028b'])
  })
})

describe('a hunk that fails', () => {
  it.each([
    ['an update of nothing', ['*** Update File: no', '-a'], 'Failed to read file to update /w/no: No such file or directory (os error 2)'],
    ['an update of a directory', ['*** Update File: d', '-a'], 'Failed to read file to update /w/d: path `/w/d` is not a file'],
    ['an update of a name with a slash', ['*** Update File: f/', '-a'], 'Failed to read file to update /w/f: path `/w/f` is not a file'],
    ['an update of a device', ['*** Update File: dev', '-a'], 'Failed to read file to update /w/dev: path `/w/dev` is not a file'],
    [
      'an update of a file that may not be read',
      ['*** Update File: secret', '-a'],
      'Failed to read file to update /w/secret: Permission denied (os error 13)',
    ],
    [
      'an update of bytes',
      ['*** Update File: bin', '-a'],
      'Failed to read file to update /w/bin: invalid utf-8 sequence of 1 bytes from index 2',
    ],
    [
      'an update of UTF-16',
      ['*** Update File: wide', '-a'],
      'Failed to read file to update /w/wide: invalid utf-8 sequence of 1 bytes from index 0',
    ],
    ['an update that does not fit', ['*** Update File: f', '-b'], 'Failed to find expected lines in /w/f:\nb'],
    ['a deletion of nothing', ['*** Delete File: no'], 'Failed to delete file /w/no'],
    ['a deletion of a directory', ['*** Delete File: d'], 'Failed to delete file /w/d'],
    ['a deletion of a link to a directory', ['*** Delete File: ld'], 'Failed to delete file /w/ld'],
    ['a deletion of a link to nothing', ['*** Delete File: dangling'], 'Failed to delete file /w/dangling'],
    ['a deletion of a name with a slash', ['*** Delete File: f/'], 'Failed to delete file /w/f'],
    ['a deletion that is not let', ['*** Delete File: fixed'], 'Failed to delete file /w/fixed'],
    ['an addition on a directory', ['*** Add File: d'], 'Failed to write file /w/d'],
    ['an addition on the directory itself', ['*** Add File: .'], 'Failed to write file /w'],
    ['an addition of a name with a slash', ['*** Add File: new/'], 'Failed to write file /w/new'],
    ['an addition whose directories cannot be made', ['*** Add File: no/dir/x'], 'Failed to create parent directories for /w/no/dir/x'],
    ['a path with NUL', ['*** Add File: a\0b.txt'], `'a\0b.txt' is invalid on '${OS}'`],
    ['a move to a directory', ['*** Update File: f', '*** Move to: d', '-a'], 'Failed to write file /w/d'],
  ])('%s: says so, and changes nothing (attack 83, attack 85)', async (_, lines, message) => {
    const files = new MemoryFiles({
      '/w/f': 'a\n',
      '/w/d/x': 'x',
      '/w/bin': new Uint8Array([0x61, 0x0a, 0xff]),
      '/w/wide': new Uint8Array([0xff, 0xfe, 0x61, 0x00]),
      '/w/secret': 's',
      '/w/fixed': 'x',
    })
    files.link('/w/ld', 'd')
    files.link('/w/dangling', 'nowhere')
    files.device('/w/dev')
    files.failing.set('read /w/secret', 'denied')
    files.failing.set('remove /w/fixed', 'io')
    files.failing.set('write /w/no/dir/x', 'io')
    const before = files.tree
    const { message: said, applied } = await failureOf(files, ...lines)
    expect({ said, applied, tree: files.tree }).toEqual({ said: message, applied: [], tree: before })
  })

  it('what was done before stays and is told, what comes after is not begun (attack 87)', async () => {
    const files = new MemoryFiles({ '/w/b': 'b\n', '/w/c': 'c\n' })
    const lines = ['*** Add File: a', '+a', '*** Update File: b', '-nope', '*** Delete File: c']
    expect(await failureOf(files, ...lines)).toEqual({
      message: 'Failed to find expected lines in /w/b:\nnope',
      applied: ['a'],
      exact: true,
    })
    expect(files.tree).toEqual({ '/w/a': 'a\n', '/w/b': 'b\n', '/w/c': 'c\n' })
  })

  it('a write that breaks off may have changed the file; one that was refused has not (attack 88)', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.failing.set('write /w/f', 'io')
    files.failing.set('write /outside', 'denied')
    expect(await failureOf(files, '*** Update File: f', '-a')).toEqual({ message: 'Failed to write file /w/f', applied: [], exact: false })
    expect(await failureOf(files, '*** Add File: /outside')).toEqual({ message: 'Failed to write file /outside', applied: [], exact: true })
  })

  it('a move whose source cannot be removed leaves both', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.failing.set('remove /w/f', 'denied')
    expect(await failureOf(files, '*** Update File: f', '*** Move to: g', '-a', '+b')).toEqual({
      message: 'Failed to remove original /w/f',
      applied: [],
      exact: false,
    })
    expect(files.tree).toEqual({ '/w/f': 'a\n', '/w/g': 'b\n' })
  })

  it('an abort stops between two hunks', async () => {
    const files = new MemoryFiles()
    const stop = new AbortController()
    const write = files.write.bind(files)
    files.write = async (...args) => {
      await write(...args)
      stop.abort(new CancelledError('interrupted'))
    }
    const running = applyPatch(patch('*** Add File: a', '*** Add File: b'), { cwd, files, signal: stop.signal })
    await expect(running).rejects.toThrow(CancelledError)
    expect(files.tree).toEqual({ '/w/a': '' })
  })

  it('the cause of a failure is kept', async () => {
    const files = new MemoryFiles({ '/w/f': 'a\n' })
    files.stat = () => Promise.reject(new TypeError('why'))
    const { failure } = await apply(files, '*** Delete File: f')
    expect(failure?.cause).toEqual(new TypeError('why'))
  })
})
