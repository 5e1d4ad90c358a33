import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { launcher } from './launcher.ts'

test('the program is named as the user can call it', () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-launcher-')))
  try {
    for (const folder of ['app/bin', 'app/dist', 'bin']) mkdirSync(join(dir, folder), { recursive: true })
    writeFileSync(join(dir, 'app/bin/octavo'), '')
    const entry = join(dir, 'app/dist/octavo.mjs')
    expect(launcher(entry, join(dir, 'bin'))).toBe(join(dir, 'app/bin/octavo'))
    symlinkSync('../app/bin/octavo', join(dir, 'bin/octavo'))
    expect(launcher(entry, `/nowhere:${join(dir, 'bin')}`)).toBe('octavo')
  } finally {
    rmSync(dir, { recursive: true })
  }
})
