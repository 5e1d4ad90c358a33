import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { AbsolutePath, joinPath } from '@octavo/base'
import type { FileSystem, SandboxGrant } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { grantFor, makeDirectory, makeWorkspace } from '../../test/local.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Place {
  readonly outside: AbsolutePath
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  /** Seen from `outside`. */
  at(name: string): AbsolutePath
  restricted(more?: Partial<SandboxGrant>): FileSystem
}

/** A workspace in `work`, a file `secret` beside it. */
function makePlace(): Place {
  const outside = makeDirectory()
  const cwd = joinPath(outside, 'work')
  mkdirSync(joinPath(cwd, '.git'), { recursive: true })
  writeFileSync(joinPath(outside, 'secret'), 'secret')
  const workspace = makeWorkspace({ cwd })
  const grant = { ...grantFor(cwd), write: [{ root: cwd, readOnly: [joinPath(cwd, '.git'), joinPath(cwd, '.agents')] }] }
  return {
    outside,
    cwd,
    files: workspace.files,
    at: (name) => joinPath(outside, name),
    restricted: (more = {}) => workspace.restrict({ ...grant, ...more }).files,
  }
}

test('a file is written, read, seen, listed and removed', async () => {
  const { files, at } = makePlace()
  await files.write(at('work/new/deep/file'), utf8('text'), { createParents: true })
  expect(await files.read(at('work/new/deep/file'))).toEqual(Buffer.from('text'))
  expect(await files.stat(at('work/new/deep/file'))).toMatchObject({ kind: 'file', size: 4 })
  expect(await files.stat(at('work/new'))).toMatchObject({ kind: 'directory' })
  await files.write(at('work/new/B'), utf8(''))
  expect(await files.list(at('work/new'))).toEqual(['B', 'deep'])
  await files.remove(at('work/new/deep/file'))
  expect(await files.stat(at('work/new/deep/file'))).toBeNull()
})

test('a file that is written again keeps its mode, its other names and what links to it', async () => {
  const { files, at } = makePlace()
  writeFileSync(at('work/script'), 'old and long')
  chmodSync(at('work/script'), 0o750)
  linkSync(at('work/script'), at('work/name'))
  symlinkSync('script', at('work/link'))
  await files.write(at('work/link'), utf8('new'))
  expect(readFileSync(at('work/name'), 'utf8')).toBe('new')
  expect(statSync(at('work/script')).mode & 0o777).toBe(0o750)
  expect(readlinkSync(at('work/link'))).toBe('script')
})

test('removing a link leaves what it leads to', async () => {
  const { files, at } = makePlace()
  symlinkSync('../secret', at('work/link'))
  await files.remove(at('work/link'))
  expect(readFileSync(at('secret'), 'utf8')).toBe('secret')
})

test('reading is bounded, also where no size is told', async () => {
  const { files, at } = makePlace()
  expect(await files.read(at('secret'), { maxBytes: 6 })).toEqual(Uint8Array.from(utf8('secret')))
  await expect(files.read(at('secret'), { maxBytes: 5 })).rejects.toMatchObject({ code: 'too_large', data: { path: at('secret') } })
  await expect(files.read(AbsolutePath.from('/proc/self/status'), { maxBytes: 100 })).rejects.toMatchObject({ code: 'too_large' })
  writeFileSync(at('large'), Buffer.alloc(1_000_000, 'x'))
  expect((await files.read(at('large'), { maxBytes: 2_000_000 })).length).toBe(1_000_000)
  writeFileSync(at('empty'), '')
  expect(await files.read(at('empty'), { maxBytes: 2_000_000 })).toEqual(new Uint8Array())
})

test.each([
  ['read', 'gone', 'not_found'],
  ['read', 'work', 'not_a_file'],
  ['read', 'secret/x', 'not_found'],
  ['read', 'pipe', 'not_a_file'],
  ['write', 'gone/file', 'not_found'],
  ['write', 'work', 'not_a_file'],
  ['write', 'pipe', 'not_a_file'],
  ['remove', 'gone', 'not_found'],
  ['remove', 'work', 'not_a_file'],
  ['list', 'gone', 'not_found'],
  ['list', 'secret', 'not_found'],
  ['read', 'circle', 'io'],
] as const)('to %s %s is %s, and names the path', async (verb, name, code) => {
  const { files, at } = makePlace()
  execFileSync('mkfifo', [at('pipe')])
  symlinkSync('circle', at('circle'))
  const path = at(name)
  const act = verb === 'write' ? files.write(path, utf8('x')) : files[verb](path)
  await expect(act).rejects.toMatchObject({ code, message: expect.stringContaining(path), data: { path } })
})

test('links are resolved to the end, missing components are kept', async () => {
  const { files, at } = makePlace()
  symlinkSync('work', at('alias'))
  symlinkSync('../gone/deep', at('work/dangling'))
  expect(await files.realPath(at('alias/.git/x/y'))).toBe(at('work/.git/x/y'))
  expect(await files.realPath(at('alias/dangling/z'))).toBe(at('gone/deep/z'))
})

test('inside the grant files can be written and removed, outside not even through links', async () => {
  const { restricted, at } = makePlace()
  const files = restricted()
  symlinkSync('..', at('work/up'))
  symlinkSync('../secret', at('work/link'))
  symlinkSync('../planted', at('work/dangling'))
  await files.write(at('work/file'), utf8('x'))
  await files.remove(at('work/file'))
  for (const name of ['secret', 'new', 'work/up/secret', 'work/up/new', 'work/link', 'work/dangling', 'work/../secret']) {
    await expect(files.write(at(name), utf8('x'), { createParents: true })).rejects.toMatchObject({ code: 'denied' })
  }
  await expect(files.remove(at('work/up/secret'))).rejects.toMatchObject({ code: 'denied' })
  await files.remove(at('work/link'))
  expect(readFileSync(at('secret'), 'utf8')).toBe('secret')
  expect(existsSync(at('planted'))).toBe(false)
})

test('what is protected stays, by its own name, through a link and when it is missing', async () => {
  const { restricted, at } = makePlace()
  const files = restricted()
  symlinkSync('.git', at('work/alias'))
  for (const name of ['work/.git/config', 'work/alias/config', 'work/.agents/x', 'work/.git']) {
    await expect(files.write(at(name), utf8('x'), { createParents: true })).rejects.toMatchObject({
      code: 'denied',
      message: `cannot write ${at(name)}: it is protected`,
    })
  }
  await expect(files.remove(at('work/.git'))).rejects.toMatchObject({ code: 'denied' })
})

test('a protected name that is a link can neither be replaced nor followed', async () => {
  const { restricted, at, cwd } = makePlace()
  mkdirSync(at('work/real'))
  symlinkSync('real', at('work/.agents'))
  const files = restricted()
  for (const name of ['work/.agents/x', 'work/real/x']) {
    await expect(files.write(at(name), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
  }
  await expect(files.remove(joinPath(cwd, '.agents'))).rejects.toMatchObject({ code: 'denied' })
})

test('what is denied can be neither read nor written, by whatever name', async () => {
  const { restricted, at } = makePlace()
  symlinkSync('../secret', at('work/link'))
  const files = restricted({ write: 'all', deny: [at('secret')] })
  for (const name of ['secret', 'work/link']) {
    await expect(files.read(at(name))).rejects.toMatchObject({ code: 'denied' })
    await expect(files.stat(at(name))).rejects.toMatchObject({ code: 'denied' })
    await expect(files.write(at(name), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
  }
  await files.write(at('other'), utf8('x'))
  expect(readFileSync(at('secret'), 'utf8')).toBe('secret')
})

test('a root inside another that leads elsewhere by a link grants nothing', async () => {
  const { restricted, at, cwd } = makePlace()
  mkdirSync(at('elsewhere'))
  symlinkSync('../elsewhere', at('work/out'))
  const write = [
    { root: cwd, readOnly: [] },
    { root: at('work/out'), readOnly: [] },
  ]
  await expect(restricted({ write }).write(at('work/out/file'), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
})

test('a root may be a link, and may be a single file that does not exist yet', async () => {
  const { restricted, at } = makePlace()
  symlinkSync('work', at('alias'))
  const write = [
    { root: at('alias'), readOnly: [] },
    { root: at('new/file'), readOnly: [] },
  ]
  const files = restricted({ write })
  await files.write(at('work/file'), utf8('x'))
  await files.write(at('new/file'), utf8('x'), { createParents: true })
  await expect(files.write(at('new/other'), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
})

test('planned paths may be written, moved and removed, and lead no further than where they were planned', async () => {
  const { restricted, at, cwd } = makePlace()
  const within = [{ root: cwd, readOnly: [joinPath(cwd, '.git')] }]
  const planned = ['work/new/file', 'work/out', 'work/up/new', 'work/alias/config', 'work/inner', '.git'].map((name) => at(name))
  const files = restricted({ write: planned.map((root) => ({ root, readOnly: [] })), within })
  for (const [target, link] of [
    ['../secret', 'out'],
    ['..', 'up'],
    ['.git', 'alias'],
    ['target', 'inner'],
  ] as const)
    symlinkSync(target, at(`work/${link}`))
  await files.write(at('work/new/file'), utf8('x'), { createParents: true })
  await files.write(at('work/inner'), utf8('x'))
  expect(readFileSync(at('work/target'), 'utf8')).toBe('x')
  for (const name of ['work/out', 'work/up/new', 'work/alias/config', 'work/.git', 'work/other', 'work/new/other'])
    await expect(files.write(at(name), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
  await files.remove(at('work/new/file'))
  await files.remove(at('work/out'))
  await files.remove(at('work/inner'))
  expect(existsSync(at('work/target'))).toBe(true)
  expect(readFileSync(at('secret'), 'utf8')).toBe('secret')
})

test('without a wider limit a planned link may be removed, and written through', async () => {
  const { restricted, at } = makePlace()
  symlinkSync('secret', at('link'))
  const files = restricted({ write: [{ root: at('link'), readOnly: [] }] })
  await files.write(at('link'), utf8('x'))
  expect(readFileSync(at('secret'), 'utf8')).toBe('x')
  await files.remove(at('link'))
  expect(existsSync(at('link'))).toBe(false)
  await expect(files.remove(at('secret'))).rejects.toMatchObject({ code: 'denied' })
})

test('restricting again only narrows', async () => {
  const { cwd, at } = makePlace()
  mkdirSync(at('work/inner'))
  const narrow = makeWorkspace({ cwd })
    .restrict(grantFor(at('work/inner')))
    .restrict({ ...grantFor(), write: 'all' })
  await narrow.files.write(at('work/inner/file'), utf8('x'))
  await expect(narrow.files.write(at('work/file'), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
})

test('protected names are refused at every depth and in any case, and so is what a .git file points to (attack 81)', async () => {
  const root = makeWorkspace()
  mkdirSync(joinPath(root.cwd, 'store'))
  writeFileSync(joinPath(root.cwd, '.git'), 'gitdir: store\n')
  const write = [{ root: root.cwd, readOnly: [], protectedNames: ['.git'] }]
  const { files } = root.restrict({ ...grantFor(), write })
  for (const path of ['.git', 'a/.git/config', 'a/b/.GIT', 'store/hooks/x', 'a/../b/.git/x']) {
    const writing = files.write(joinPath(root.cwd, path), new Uint8Array(), { createParents: true })
    await expect(writing).rejects.toMatchObject({ code: 'denied' })
  }
  await files.write(joinPath(root.cwd, 'a/.github/x'), new Uint8Array(), { createParents: true })
  expect(readdirSync(root.cwd).toSorted()).toEqual(['.git', 'a', 'store'])
  expect(readdirSync(joinPath(root.cwd, 'store'))).toEqual([])
})
