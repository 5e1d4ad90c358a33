import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Loads a configuration in a process of its own and says which libraries that loaded. */
function librariesLoaded(overrides: readonly string[], configToml: string | null): string {
  const home = mkdtempSync(join(tmpdir(), 'octavo-config-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, '.octavo'))
  if (configToml !== null) writeFileSync(join(home, '.octavo/config.toml'), configToml)
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({ load(url, context, next) {
      const name = /node_modules\\/(zod|smol-toml)\\//.exec(url)?.[1]
      if (name !== undefined) loaded.add(name)
      return next(url, context)
    } })
    const { loadConfig } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
    const config = await loadConfig({ cwd: ${JSON.stringify(home)}, environment: new Map([['HOME', ${JSON.stringify(home)}]]), overrides: ${JSON.stringify(overrides)} })
    console.log(JSON.stringify([...loaded]))`
  const argv = ['--conditions=@octavo/source', '--input-type=module', '--eval', program]
  return execFileSync(process.execPath, argv, { encoding: 'utf8', cwd: import.meta.dirname }).trim()
}

test('without a file, plain overrides load no library', () => {
  expect(
    librariesLoaded(['model="m"', 'sandbox_workspace_write.network_access=false', 'approval_policy=never', 'model_context_window=9'], null),
  ).toBe('[]')
})

test.each<[string, readonly string[], string | null]>([
  ['a file', [], 'model = "m"'],
  ['an override that is an array', ['project_root_markers=[".git"]'], null],
])('%s loads the parser and nothing else', (_what, overrides, configToml) => {
  expect(librariesLoaded(overrides, configToml)).toBe('["smol-toml"]')
})
