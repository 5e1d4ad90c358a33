import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { joinPath } from '@octavo/base'
import { expect, test, vi } from 'vitest'
import { grantOf, makePlace, run, start } from './confined.ts'

const signal = new AbortController().signal

test('the probe runs bubblewrap and finds it working', async () => {
  const { sandbox } = await makePlace()
  expect(await sandbox.probe(signal)).toEqual({ kind: 'bubblewrap', working: true, reason: null })
})

test('inside the granted root files can be written', async () => {
  const place = await makePlace()
  expect(await run(place, 'echo yes > file && cat file')).toEqual({ code: 0, signal: null, output: 'yes\n' })
  expect(readFileSync(joinPath(place.cwd, 'file'), 'utf8')).toBe('yes\n')
})

test('outside of it the file system is read-only, and that is taken for a denial', async () => {
  const place = await makePlace()
  const exit = await run(place, 'echo no > ../file; cat /etc/hostname > /dev/null')
  expect(exit.output).toContain('Read-only file system')
  expect(existsSync(joinPath(place.outside, 'file'))).toBe(false)
  expect(place.sandbox.classify({ ...exit, code: 1 }, place.grant)).toEqual({
    kind: 'fileSystem',
    reason: 'the command was told "read-only file system"',
  })
})

test('an existing .git can be read and not written, moved or mounted over', async () => {
  const place = await makePlace()
  mkdirSync(joinPath(place.cwd, '.git/hooks'), { recursive: true })
  writeFileSync(joinPath(place.cwd, '.git/HEAD'), 'ref')
  const script = 'cat .git/HEAD; touch .git/hooks/x; mv .git away; rm -r .git; mount -o remount,rw,bind .git; umount .git; ls -A'
  const { output } = await run(place, script)
  expect(output).toMatch(/^ref/)
  expect(output).toContain('Read-only file system')
  expect(output).toContain('Device or resource busy')
  expect(readdirSync(joinPath(place.cwd, '.git'))).toEqual(['HEAD', 'hooks'])
  expect(readdirSync(joinPath(place.cwd, '.git/hooks'))).toEqual([])
})

test('.git is protected at every depth, also one that a command before has made (R42, attack 81)', async () => {
  const place = await makePlace()
  const nested = { ...place, grant: { ...place.grant, write: [{ root: place.cwd, readOnly: [], protectedNames: ['.git'] }] } }
  mkdirSync(joinPath(place.cwd, 'vendor/lib/.git/hooks'), { recursive: true })
  const first = await run(nested, 'touch vendor/lib/.git/hooks/x; touch vendor/lib/y; mkdir -p made/.git && touch made/.git/config')
  expect(first.output).toContain('Read-only file system')
  expect(readdirSync(joinPath(place.cwd, 'vendor/lib'))).toEqual(['.git', 'y'])
  expect(readdirSync(joinPath(place.cwd, 'vendor/lib/.git/hooks'))).toEqual([])
  expect(readdirSync(joinPath(place.cwd, 'made/.git'))).toEqual(['config'])
  expect((await run(nested, 'touch made/.git/hook; mv made/.git made/other')).code).not.toBe(0)
  expect(readdirSync(joinPath(place.cwd, 'made/.git'))).toEqual(['config'])
})

test('what a .git file points to is protected in every root that holds it, and so is the file', async () => {
  const place = await makePlace()
  mkdirSync(joinPath(place.outside, 'store/hooks'), { recursive: true })
  writeFileSync(joinPath(place.cwd, '.git'), 'gitdir: ../store\n')
  const write = [
    { root: place.cwd, readOnly: [], protectedNames: ['.git'] },
    { root: place.outside, readOnly: [] },
  ]
  await run(place, 'touch ../store/hooks/x; echo y > .git; rm -f .git; touch ../free; true', { ...place.grant, write })
  expect(readdirSync(joinPath(place.outside, 'store/hooks'))).toEqual([])
  expect(readFileSync(joinPath(place.cwd, '.git'), 'utf8')).toBe('gitdir: ../store\n')
  expect(existsSync(joinPath(place.outside, 'free'))).toBe(true)
})

test('a missing protected name cannot be made, and is not there afterwards (R40)', async () => {
  const place = await makePlace()
  const { output } = await run(place, 'mkdir .git; echo x > .agents/config; ls -A')
  expect(output).toContain('File exists')
  expect(output).toContain('Read-only file system')
  expect(readdirSync(place.cwd)).toEqual([])
})

test('names that stand for missing ones stay while any command needs them (R40)', async () => {
  const place = await makePlace()
  const long = await start(place, place.grant, 'until test -e go; do sleep 0.01; done; mkdir .agents/x')
  await run(place, 'true')
  await run(place, 'touch go')
  expect((await long.ended).output).toContain('Read-only file system')
  expect(readdirSync(place.cwd)).toEqual(['go'])
})

test('what a killed wrapper leaves behind is removed all the same (R40)', async () => {
  const place = await makePlace()
  const { child, ended } = await start(place, place.grant, 'touch ready; sleep 1000')
  await vi.waitFor(() => expect(readdirSync(place.cwd)).toEqual(['.agents', '.git', 'ready']))
  child.kill('SIGKILL')
  expect((await ended).signal).toBe('SIGKILL')
  expect(readdirSync(place.cwd)).toEqual(['ready'])
})

test('disposal ends a sandbox whose wrapper died before it could take it along', async () => {
  const { sandbox, cwd, grant } = await makePlace()
  const orphan = spawn('/bin/sleep', ['1000'])
  const ended = new Promise((resolve) => orphan.on('close', (_code, killedBy) => resolve(killedBy)))
  const prepared = await sandbox.prepare({ argv: ['true'], cwd, env: new Map(), descriptors: [] }, grant, signal)
  prepared.signalTarget(`{ "child-pid": ${orphan.pid} }`)
  await prepared[Symbol.asyncDispose]()
  expect(await ended).toBe('SIGKILL')
})

test('a planned path is writable no further than the roots it was cut out of', async () => {
  const place = await makePlace()
  const [planned, link] = ['planned', 'link'].map((name) => joinPath(place.cwd, name))
  mkdirSync(joinPath(place.cwd, 'directory/.git'), { recursive: true })
  for (const path of ['planned', 'other', '../secret']) writeFileSync(joinPath(place.cwd, path), '')
  symlinkSync('../secret', link!)
  const directory = joinPath(place.cwd, 'directory')
  const grant = {
    ...place.grant,
    write: [planned!, link!, directory].map((root) => ({ root, readOnly: [] })),
    within: [{ root: place.cwd, readOnly: [joinPath(directory, '.git'), joinPath(place.cwd, '.agents')] }],
  }
  await run({ ...place, grant }, 'for file in planned other link directory/new directory/.git/new; do echo x > $file; done; true')
  const written = (path: string): boolean => existsSync(joinPath(place.cwd, path)) && statSync(joinPath(place.cwd, path)).size > 0
  expect(['planned', 'directory/new', 'other', '../secret', 'directory/.git/new'].map(written)).toEqual([true, true, false, false, false])
  expect(existsSync(joinPath(place.cwd, '.agents'))).toBe(false)
})

test('a protected name behind a link the command could replace stops the command', async () => {
  const place = await makePlace()
  symlinkSync('/etc', joinPath(place.cwd, '.git'))
  await expect(run(place, 'true')).rejects.toMatchObject({ code: 'sandbox_unenforceable' })
})

test('a writable root inside another that leads elsewhere is not granted', async () => {
  const place = await makePlace()
  mkdirSync(joinPath(place.outside, 'secret'))
  symlinkSync('../secret', joinPath(place.cwd, 'out'))
  const write = [
    { root: place.cwd, readOnly: [] },
    { root: joinPath(place.cwd, 'out'), readOnly: [] },
  ]
  const { output } = await run(place, 'touch out/file', { ...place.grant, write })
  expect(output).toContain('Read-only file system')
})

test('the innermost rule wins, whatever the order of the roots', async () => {
  const place = await makePlace()
  mkdirSync(joinPath(place.cwd, 'kept/open'), { recursive: true })
  const write = [
    { root: joinPath(place.cwd, 'kept/open'), readOnly: [] },
    { root: place.cwd, readOnly: [joinPath(place.cwd, 'kept')] },
  ]
  const { output } = await run(place, 'touch a kept/b kept/open/c; ls -R', { ...place.grant, write })
  expect(output).toContain('kept/b')
  expect(readdirSync(joinPath(place.cwd, 'kept'))).toEqual(['open'])
  expect(readdirSync(joinPath(place.cwd, 'kept/open'))).toEqual(['c'])
})

test('denied files and directories cannot be read, by their own name or through a link', async () => {
  const place = await makePlace()
  mkdirSync(joinPath(place.outside, 'keys'))
  writeFileSync(joinPath(place.outside, 'keys/id'), 'secret')
  writeFileSync(joinPath(place.outside, 'token'), 'secret')
  symlinkSync('keys', joinPath(place.outside, 'alias'))
  const deny = [joinPath(place.outside, 'alias'), joinPath(place.outside, 'token')]
  const { output } = await run(place, 'cat ../keys/id; cat ../alias/id; cat ../token; chmod 700 ../keys; ls ../keys; ls', {
    ...place.grant,
    deny,
  })
  expect(output).not.toContain('secret')
  expect(output.match(/Permission denied/g)).toHaveLength(4)
  expect(output).toContain('Read-only file system')
})

test('everything is writable but what is denied when the grant says all', async () => {
  const place = await makePlace()
  writeFileSync(joinPath(place.outside, 'token'), 'secret')
  const grant = { ...place.grant, write: 'all' as const, deny: [joinPath(place.outside, 'token')] }
  const { output } = await run(place, 'echo yes > ../file; cat ../token', grant)
  expect(readFileSync(joinPath(place.outside, 'file'), 'utf8')).toBe('yes\n')
  expect(output).toMatch(/^cat: .*Permission denied\n$/)
})

test('there is no network unless it is granted', async () => {
  const place = await makePlace()
  const script = 'readlink /proc/self/ns/net; echo "off=$CODEX_SANDBOX_NETWORK_DISABLED"'
  const own = readlinkSync('/proc/self/ns/net')
  expect((await run(place, script, { ...place.grant, network: 'enabled' })).output).toBe(`${own}\noff=\n`)
  const { output } = await run(place, script)
  expect(output).toMatch(/^net:.*\noff=1\n$/)
  expect(output).not.toContain(own)
})

test('a command sees its own processes only, and no key of ours', async () => {
  const place = await makePlace()
  const { output } = await run(place, 'cd /proc; echo $$ [0-9]*; cat /proc/$PPID/environ | tr "\\0" "\\n"')
  expect(output).toBe('2 1 2\nPATH=/usr/bin:/bin\nCODEX_SANDBOX_NETWORK_DISABLED=1\n')
})

test('a command inherits no descriptor more than without a sandbox', async () => {
  const place = await makePlace()
  const script = 'ls /proc/$$/fd'
  const open = await run(place, script, { ...place.grant, enforcement: 'none' })
  expect(await run(place, script)).toEqual(open)
})

test('a grandchild with a session of its own dies with the command', async () => {
  const place = await makePlace()
  const daemon = 'while :; do echo x >> alive; sleep 0.01; done'
  await run(place, `setsid sh -c '${daemon}' > /dev/null 2>&1 & until test -e alive; do sleep 0.01; done`)
  const size = statSync(joinPath(place.cwd, 'alive')).size
  expect(processesIn(place.cwd)).toEqual([])
  expect(statSync(joinPath(place.cwd, 'alive')).size).toBe(size)
})

test('a signal reaches the command, not its wrapper (R41)', async () => {
  const place = await makePlace()
  const { prepared, report, ended } = await start(
    place,
    place.grant,
    'trap "echo heard; exit 7" TERM; touch ready; while :; do sleep 0.01; done',
  )
  await vi.waitFor(() => expect(existsSync(joinPath(place.cwd, 'ready'))).toBe(true))
  const target = prepared.signalTarget(report())
  expect(target).toBeTypeOf('number')
  process.kill(-(target ?? 0), 'SIGTERM')
  const { code, output } = await ended
  expect(code).toBe(7)
  expect(output).toContain('heard\n')
})

test('the whole group of the command can be signalled', async () => {
  const place = await makePlace()
  const { prepared, report, ended } = await start(place, place.grant, '(: > ready; exec sleep 1000); echo not reached')
  await vi.waitFor(() => expect(existsSync(joinPath(place.cwd, 'ready'))).toBe(true))
  process.kill(-(prepared.signalTarget(report()) ?? 0), 'SIGINT')
  expect(await ended).toEqual({ code: 130, signal: null, output: '' })
})

test('before anything is reported the spawned process is the one to signal', async () => {
  const { sandbox, cwd, grant } = await makePlace()
  await using prepared = await sandbox.prepare({ argv: ['true'], cwd, env: new Map(), descriptors: [] }, grant, signal)
  expect(prepared.signalTarget('')).toBeNull()
  expect(prepared.signalTarget('{\n  "child-pid": 99999999\n}')).toBeNull()
})

test('nothing is wrapped when nothing is confined', async () => {
  const { sandbox, cwd, grant } = await makePlace()
  const spec = { argv: ['true'], cwd, env: new Map([['A', '1']]), descriptors: [] }
  const prepare = async (given: typeof grant): Promise<unknown> => (await sandbox.prepare(spec, given, signal)).spec
  expect(await prepare({ ...grant, enforcement: 'none' })).toBe(spec)
  expect(await prepare({ ...grant, write: 'all', network: 'enabled' })).toBe(spec)
})

test('on a terminal the command stays in its session, and ^C is its own', async () => {
  const { sandbox, cwd, grant } = await makePlace()
  const spec = { argv: ['bash'], cwd, env: new Map(), descriptors: [], terminal: true }
  await using prepared = await sandbox.prepare(spec, grant, signal)
  const { argv } = prepared.spec
  expect(argv).not.toContain('--new-session')
  expect(argv.slice(0, 2)).toEqual(['/usr/bin/env', '--ignore-signal=INT,QUIT,TSTP'])
  expect(argv.slice(-3)).toEqual(['/usr/bin/env', '--default-signal=INT,QUIT,TSTP', 'bash'])
})

test('a working directory that is gone is told as such', async () => {
  const { sandbox, outside, cwd } = await makePlace()
  const spec = { argv: ['true'], cwd: joinPath(outside, 'gone'), env: new Map(), descriptors: [] }
  await expect(sandbox.prepare(spec, grantOf(cwd), signal)).rejects.toMatchObject({ code: 'sandbox_unenforceable' })
})

/** Processes whose working directory this is. */
function processesIn(cwd: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === cwd
    } catch {
      return false // gone meanwhile
    }
  })
}
