import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import { expect, onTestFinished, test } from 'vitest'
import { exists, readText, systemFiles } from './files.ts'

function folder(): (name: string) => AbsolutePath {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-config-')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  return (name) => AbsolutePath.from(join(root, name))
}

test('a text file is read without its byte order mark, a missing one is null', async () => {
  const at = folder()
  writeFileSync(at('a'), '\uFEFFmodel = "é"')
  expect(await readText(systemFiles, at('a'))).toBe('model = "é"')
  expect(await readText(systemFiles, at('b'))).toBeNull()
  expect(await readText(systemFiles, at('a/below-a-file'))).toBeNull()
})

test('what cannot be read says why', async () => {
  const at = folder()
  mkdirSync(at('directory'))
  writeFileSync(at('latin1'), new Uint8Array([0x61, 0xe9]))
  writeFileSync(at('large'), new Uint8Array(4 * 1024 * 1024 + 1))
  await expect(readText(systemFiles, at('directory'))).rejects.toThrow(`cannot read ${at('directory')}: it is not a file`)
  await expect(readText(systemFiles, at('latin1'))).rejects.toThrow('it is not UTF-8 text; save it as UTF-8')
  await expect(readText(systemFiles, at('large'))).rejects.toThrow('it is over 4 MiB')
})

test('files, directories and links are told apart from nothing', async () => {
  const at = folder()
  mkdirSync(at('directory'))
  writeFileSync(at('directory/file'), '12')
  symlinkSync(at('directory'), at('link'))
  expect(await systemFiles.stat(at('link/file'))).toMatchObject({ kind: 'file', size: 2 })
  expect((await systemFiles.stat(at('link')))?.kind).toBe('directory')
  expect([await exists(systemFiles, at('link/x')), await systemFiles.stat(at('x'))]).toEqual([false, null])
  expect(await systemFiles.realPath(at('link/missing/more'))).toBe(at('directory/missing/more'))
})
