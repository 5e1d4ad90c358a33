import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../../node_modules/.cache/bubblewrap', import.meta.url))

/**
 * The directory of a `bwrap` for tests: the system's, else its Debian package unpacked into a cache, which installs nothing. As a
 * program (`node find-bubblewrap.ts`) it prints that directory.
 */
export async function findBubblewrap(): Promise<string> {
  const installed = (process.env['PATH'] ?? '')
    .split(':')
    .find((directory) => directory.startsWith('/') && isProgram(join(directory, 'bwrap')))
  const unpacked = join(cache, 'usr/bin')
  if (installed !== undefined) return installed
  if (!isProgram(join(unpacked, 'bwrap'))) await unpackPackage()
  return unpacked
}

async function unpackPackage(): Promise<void> {
  await mkdir(join(cache, '..'), { recursive: true })
  const work = await mkdtemp(`${cache}-`)
  try {
    await download(work)
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb')) ?? ''
    await run('dpkg', ['-x', join(work, archive), join(work, 'root')])
    await rename(join(work, 'root'), cache)
  } catch (cause) {
    if (isProgram(join(cache, 'usr/bin/bwrap'))) return // another worker was faster
    throw new Error('the tests of the sandbox need bubblewrap; install it, or let apt-get download bubblewrap work', { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** A new machine has no list of packages: then one is fetched into the work folder, which needs no rights. */
async function download(work: string): Promise<void> {
  const lists = join(work, 'lists')
  const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${join(work, 'cache')}`, '-o', 'APT::Sandbox::User=']
  try {
    await run('apt-get', ['download', 'bubblewrap'], { cwd: work })
  } catch {
    await mkdir(join(lists, 'partial'), { recursive: true })
    await mkdir(join(work, 'cache/archives/partial'), { recursive: true })
    await run('apt-get', [...own, 'update'], { cwd: work })
    await run('apt-get', [...own, 'download', 'bubblewrap'], { cwd: work })
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) console.log(await findBubblewrap())
