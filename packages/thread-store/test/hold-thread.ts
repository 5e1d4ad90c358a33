import { AbsolutePath, systemClock } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { createJsonlStore } from '@octavo/thread-store'

// A process of its own for the tests of the lock: opens a thread, says what came of it, and stays.
const [, , home = '', id = ''] = process.argv
const store = createJsonlStore({ home: AbsolutePath.from(home), codexHome: null })
try {
  await store.open(id as ThreadId, { pid: process.pid, host: 'there', name: 'the other' }) // given by the test
  process.stdout.write('open\n')
} catch (error) {
  const holder = error instanceof StoreError ? (error.data['holder'] as { readonly pid: number } | null) : null
  process.stdout.write(`locked: ${holder?.pid ?? 'nobody'}\n`)
}
await systemClock.sleep(60_000, new AbortController().signal)
