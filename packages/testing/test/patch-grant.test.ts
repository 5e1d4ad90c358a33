import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, joinPath } from '@octavo/base'
import { type PolicyQuestion, TURN_AUTHORITY } from '@octavo/extension-api'
import { createPolicy } from '@octavo/policy'
import { NO_PERMISSIONS, profileOfSandboxPolicy } from '@octavo/protocol'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { applyPatch, parsePatch, verifyPatch } from '@octavo/tools/apply-patch'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, onTestFinished, test } from 'vitest'

const { signal } = new AbortController()
const PROFILE = profileOfSandboxPolicy({
  type: 'workspace-write',
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: true,
})

/** Plans, judges and applies a patch as the engine does, in a workspace beside a file `secret`. */
async function patch(cwd: AbsolutePath, ...lines: readonly string[]): Promise<string> {
  const parsed = parsePatch(['*** Begin Patch', ...lines, '*** End Patch'].join('\n'))
  const workspace = createLocalWorkspace({ cwd, sandbox: createUnavailableSandbox('not needed'), environment: new Map(), strip: [] })
  const { paths } = await verifyPatch(parsed, { cwd, files: workspace.files, signal })
  const question: PolicyQuestion = {
    tool: { namespace: null, name: 'apply_patch' },
    effects: [{ kind: 'write', paths }],
    authority: TURN_AUTHORITY,
    settings: { approvalPolicy: 'on-request', permissions: PROFILE, cwd, workspaceRoots: [cwd], tmpdir: null },
    sandbox: { kind: 'bubblewrap', working: true, reason: null },
    granted: NO_PERMISSIONS,
    denial: null,
    approvedAlready: false,
  }
  const verdict = createPolicy().decide(question)
  if (verdict.kind !== 'allow') return verdict.kind
  const { failure } = await applyPatch(parsed, { cwd, files: workspace.restrict(verdict.grant).files, signal })
  if (failure === null) return 'applied'
  const { cause } = failure as { readonly cause?: { readonly code?: string } }
  return cause?.code ?? failure.message
}

function makePlace(): AbsolutePath {
  const root = AbsolutePath.from(realpathSync(mkdtempSync(join(tmpdir(), 'patch-grant-'))))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const cwd = joinPath(root, 'work')
  mkdirSync(joinPath(cwd, '.git'), { recursive: true })
  for (const [name, text] of [
    ['a', 'old\n'],
    ['b', 'old\n'],
    ['../secret', 'secret\n'],
    ['.git/config', 'old\n'],
  ] as const)
    writeFileSync(joinPath(cwd, name), text)
  return cwd
}

test('a patch has all it needs in the grant of its plan: files, moves, new directories and links', async () => {
  const cwd = makePlace()
  symlinkSync('../secret', joinPath(cwd, 'out'))
  symlinkSync('b', joinPath(cwd, 'inner'))
  const applied = await patch(
    cwd,
    '*** Add File: new/deep/file',
    '+text',
    '*** Update File: a',
    '*** Move to: moved/far/a',
    '@@',
    '-old',
    '+new',
    '*** Update File: inner',
    '@@',
    '-old',
    '+new',
    '*** Delete File: out',
  )
  expect(applied).toBe('applied')
  expect(['new/deep/file', 'moved/far/a', 'b', '../secret'].map((name) => readFileSync(joinPath(cwd, name), 'utf8'))).toEqual([
    'text\n',
    'new\n',
    'new\n',
    'secret\n',
  ])
  expect(['a', 'out', 'inner'].map((name) => existsSync(joinPath(cwd, name)))).toEqual([false, false, true])
})

test.each([
  ['../secret', 'secret'],
  ['.git/config', 'old'],
])('a planned link to %s is not written through', async (target, line) => {
  const cwd = makePlace()
  symlinkSync(target, joinPath(cwd, 'link'))
  expect(await patch(cwd, '*** Update File: link', '@@', `-${line}`, '+x')).toBe('denied')
  expect(readFileSync(joinPath(cwd, target), 'utf8')).toBe(`${line}\n`)
})
