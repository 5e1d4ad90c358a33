import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type AbsolutePath, joinPath } from '@octavo/base'
import type { FileSystem } from '@octavo/extension-api'
import { expect, onTestFinished, test } from 'vitest'
import { grantFor, makeDirectory, makeWorkspace } from '../../test/local.ts'
import { type Access, accessUnder } from '../access.ts'
import { createLocalFiles } from './files.ts'
import { findAgain } from './held-directory.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Place {
  /** A writable directory. */
  readonly inside: AbsolutePath
  /** Beside it, with a file `kept` and a directory `sub`. */
  readonly outside: AbsolutePath
}

function makePlace(): Place {
  const root = makeDirectory()
  const [inside, outside] = [joinPath(root, 'inside'), joinPath(root, 'outside')]
  for (const directory of [inside, outside]) mkdirSync(joinPath(directory, 'sub'), { recursive: true })
  mkdirSync(joinPath(inside, 'd/sub'), { recursive: true })
  for (const directory of [outside, joinPath(inside, 'd')]) writeFileSync(joinPath(directory, 'kept'), 'as it was')
  return { inside, outside }
}

/** Files whose directory `d` becomes a link to the outside in the very moment after the first check. */
function filesWithSwap({ inside, outside }: Place, grant = grantFor(inside)): FileSystem {
  const access = accessUnder(grant, { realPath: (path) => createLocalFiles(openAccess).realPath(path), follow: async () => [] })
  let isSwapped = false
  const swap = (): void => {
    if (isSwapped) return
    isSwapped = true
    renameSync(joinPath(inside, 'd'), joinPath(inside, 'was'))
    symlinkSync(outside, joinPath(inside, 'd'))
  }
  return createLocalFiles({
    requireRead: async (path, real) => {
      await access.requireRead(path, real)
      swap()
    },
    requireWrite: async (path, real) => {
      await access.requireWrite(path, real)
      swap()
    },
  })
}

const openAccess: Access = { requireRead: async () => {}, requireWrite: async () => {} }

function expectUntouched({ outside }: Place): void {
  expect(readdirSync(outside, { recursive: true }).toSorted()).toEqual(['kept', 'sub'])
  expect(readFileSync(joinPath(outside, 'kept'), 'utf8')).toBe('as it was')
}

test.each<[string, (files: FileSystem, inside: AbsolutePath) => Promise<void>]>([
  ['to replace a file', (files, inside) => files.write(joinPath(inside, 'd/kept'), utf8('x'))],
  ['to make a file', (files, inside) => files.write(joinPath(inside, 'd/new'), utf8('x'))],
  ['to make a file deeper down', (files, inside) => files.write(joinPath(inside, 'd/sub/new'), utf8('x'))],
  ['to make directories', (files, inside) => files.write(joinPath(inside, 'd/a/b/new'), utf8('x'), { createParents: true })],
  ['to remove a file', (files, inside) => files.remove(joinPath(inside, 'd/kept'))],
])('a directory that becomes a link after the check is not gone through %s', async (_what, act) => {
  const place = makePlace()
  await expect(act(filesWithSwap(place), place.inside)).rejects.toMatchObject({ code: 'denied' })
  expectUntouched(place)
})

test.each<[string, (files: FileSystem, inside: AbsolutePath) => Promise<unknown>]>([
  ['read', (files, inside) => files.read(joinPath(inside, 'd/kept'))],
  ['looked at', (files, inside) => files.stat(joinPath(inside, 'd/kept'))],
  ['listed', (files, inside) => files.list(joinPath(inside, 'd/sub'))],
])('what may not be read is not %s through a link made after the check', async (_what, act) => {
  const place = makePlace()
  const files = filesWithSwap(place, { ...grantFor(place.inside), deny: [place.outside] })
  await expect(act(files, place.inside)).rejects.toMatchObject({ code: 'denied' })
})

test('without paths for descriptors a file is emptied only when its directory is still where it was', async () => {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  const place = makePlace()
  const files = filesWithSwap(place)
  await expect(files.write(joinPath(place.inside, 'd/kept'), utf8('x'))).rejects.toMatchObject({ code: 'denied' })
  expectUntouched(place)
  await files.write(joinPath(place.inside, 'sub/a/new'), utf8('x'), { createParents: true })
  expect(await files.read(joinPath(place.inside, 'sub/a/new'))).toEqual(Buffer.from('x'))
  expect(await files.list(joinPath(place.inside, 'sub/a'))).toEqual(['new'])
})

test('an open file whose path leads to another one by now is not found again', async () => {
  const { inside, outside } = makePlace()
  const path = joinPath(inside, 'd/kept')
  await using file = await open(path)
  expect(await findAgain(file, path)).toBe(path)
  renameSync(joinPath(inside, 'd'), joinPath(inside, 'was'))
  symlinkSync(outside, joinPath(inside, 'd'))
  await expect(findAgain(file, path)).rejects.toMatchObject({ code: 'ELOOP' })
})

test('a directory that flips to a link all the time never leads a write outside', async () => {
  const place = makePlace()
  const { inside, outside } = place
  const flip = `
    const { renameSync, rmSync, symlinkSync } = require('node:fs')
    process.chdir(process.argv[1])
    process.stdout.write('flipping')
    for (;;) {
      try {
        renameSync('d', 'was')
        symlinkSync(process.argv[2], 'd')
      } catch {} // a write has made the directory again
      for (;;) {
        try {
          rmSync('d', { recursive: true, force: true })
          renameSync('was', 'd')
          break
        } catch {}
      }
    }`
  const child = spawn(process.execPath, ['-e', flip, inside, outside], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  await once(child.stdout, 'data')
  const { files } = makeWorkspace({ cwd: inside }).restrict(grantFor(inside))
  let written = 0
  for (let round = 0; round < 200; round += 1) {
    const done = await Promise.allSettled([
      files.write(joinPath(inside, 'd/kept'), utf8('x')),
      files.write(joinPath(inside, `d/${round}/deep/new`), utf8('x'), { createParents: true }),
      files.remove(joinPath(inside, 'd/kept')),
    ])
    written += done.filter(({ status }) => status === 'fulfilled').length
  }
  expectUntouched(place)
  expect(written).toBeGreaterThan(0)
})
