import { says, scriptedModel } from '@octavo/testing'
import type { ResponseItem, Thread } from 'octavo'
import { createOctavo, embedded } from 'octavo/embedded'

// Repeats all that it was told, so that one sees what each thread knows.
const model = scriptedModel(
  Array.from(
    { length: 4 },
    () =>
      ({ input }: { readonly input: readonly ResponseItem[] }) =>
        says(input.flatMap(saidByUser).join(', ')),
  ),
)
function saidByUser(item: ResponseItem): string[] {
  if (item.type !== 'message' || item.role !== 'user') return []
  return item.content.flatMap((part) => ('text' in part && !part.text.startsWith('<') ? [part.text] : []))
}

// Threads are kept in memory, for as long as this Octavo lives.
await using octavo = await createOctavo(embedded({ model }))

async function ask(thread: Thread, question: string): Promise<void> {
  console.log((await (await thread.run(question)).done).lastMessage)
}

const first = await octavo.startThread()
await ask(first, 'one')
await first[Symbol.asyncDispose]()

// Again from what was kept, then a second future of the same past.
const again = await octavo.resumeThread(first.id)
await ask(again, 'two')
const fork = await octavo.forkThread(first.id)
await ask(fork, 'three of the fork')
await ask(again, 'three of the thread')
