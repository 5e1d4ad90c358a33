import { closeSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { AbsolutePath, systemClock } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { sqliteLocks } from '@octavo/thread-store'
import type { ThreadLease } from '@octavo/thread-store'

// A process of its own for the tests of the lock: takes a thread many times, and says how often somebody else had it, too.
const [, , directory = '', id = '', rounds = '0'] = process.argv
const locks = sqliteLocks(AbsolutePath.from(join(directory, 'locks')), () => systemClock.now())
const flag = join(directory, 'held')
let both = 0
for (let got = 0; got < Number(rounds);) {
  const lease = await take()
  if (lease === null) continue
  got += 1
  try {
    closeSync(openSync(flag, 'wx'))
    unlinkSync(flag)
  } catch {
    both += 1
  }
  await lease[Symbol.asyncDispose]()
}

async function take(): Promise<ThreadLease | null> {
  try {
    return await locks.acquire(id as ThreadId, { pid: process.pid, host: 'here', name: 'one of many' }) // given by the test
  } catch (error) {
    if (error instanceof StoreError && error.code === 'locked') return null
    throw error
  }
}

process.stdout.write(`${both}\n`)
