import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AbsolutePath } from '@octavo/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLocalConfig } from './config.ts'
import { localPolicy, ruleBook, ruleNotices } from './policy.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'octavo-rules-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const file = (): string => join(home, 'octavo/rules/default.rules')
const environment = (): Record<string, string> => ({ HOME: home, CODEX_HOME: join(home, 'codex'), OCTAVO_HOME: join(home, 'octavo') })

test('a rule that is approved makes its folder and file, and is there for the next process', async () => {
  const config = await readLocalConfig({ cwd: home, environment: environment() })
  expect(config.ruleFiles).toEqual([])
  await localPolicy(config).amend({ kind: 'commandPrefix', prefix: ['cargo', 'test'] })
  expect(readFileSync(file(), 'utf8')).toBe('prefix_rule(pattern=["cargo", "test"], decision="allow")\n')
  const later = await readLocalConfig({ cwd: home, environment: environment() })
  expect(later.ruleFiles).toEqual([file()])
})

test('broken and unreadable files are told with file, line and column, and nothing stops (attack 34)', async () => {
  const rules = join(home, 'octavo/rules')
  mkdirSync(rules, { recursive: true })
  writeFileSync(join(rules, 'a.rules'), '\n  prefix_rule(["git"')
  writeFileSync(join(rules, 'b.rules'), Uint8Array.of(0xff, 0xfe))
  writeFileSync(join(rules, 'c.rules'), 'prefix_rule(["curl"], "forbidden")')
  const policy = localPolicy(await readLocalConfig({ cwd: home, environment: environment() }))
  expect(ruleNotices(policy).map(({ message }) => message.split(';')[0])).toEqual([
    `${rules}/a.rules:2:21: expected , but found the end of the line`,
    `${rules}/b.rules:1:1: this file is not UTF-8 text`,
  ])
})

test('a link to a file of rules stays a link', async () => {
  mkdirSync(join(home, 'octavo/rules'), { recursive: true })
  writeFileSync(join(home, 'dotfile'), '# mine')
  symlinkSync(join(home, 'dotfile'), file())
  const text = await ruleBook(AbsolutePath.from(file())).append((present) => (present === '# mine' ? '\nadded\n' : 'wrong'))
  expect([text, readFileSync(join(home, 'dotfile'), 'utf8')]).toEqual(['# mine\nadded\n', '# mine\nadded\n'])
  await ruleBook(AbsolutePath.from(file())).rewrite((present) => present.replace('added\n', ''))
  expect([lstatSync(file()).isSymbolicLink(), readFileSync(join(home, 'dotfile'), 'utf8'), readdirSync(home).includes('dotfile')]).toEqual([
    true,
    '# mine\n',
    true,
  ])
})

test('several processes that add rules at once lose none, and none lies across another (attack 33)', async () => {
  const script = (name: string): string => `
    import { ruleBook } from ${JSON.stringify(new URL('policy.ts', import.meta.url).href)}
    const book = ruleBook(${JSON.stringify(file())})
    for (let made = 0; made < 50; made += 1) await book.append(() => ${JSON.stringify(name)} + made + 'x'.repeat(500) + '\\n')
  `
  const names = ['a', 'b', 'c']
  await Promise.all(
    names.map((name) => promisify(execFile)(process.execPath, ['--conditions=@octavo/source', '--input-type=module', '-e', script(name)])),
  )
  const lines = readFileSync(file(), 'utf8').split('\n')
  const expected = names.flatMap((name) => Array.from({ length: 50 }, (_, made) => `${name}${made}${'x'.repeat(500)}`))
  expect(lines.toSorted()).toEqual(['', ...expected].toSorted())
}, 30_000)
