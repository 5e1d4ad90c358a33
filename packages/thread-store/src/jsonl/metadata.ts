import { isRecord, parseJson } from '@octavo/base'
import type { AbsolutePath, JsonObject } from '@octavo/base'
import type { ThreadId, ThreadPatch } from '@octavo/protocol'
import { unreadable, unwritable } from './failures.ts'
import type { StoreFiles } from './files.ts'
import { readLines } from './lines.ts'

/** What people gave a thread; it is never in the thread's own file. */
export interface ThreadNotes {
  readonly name: string | null
  readonly section: string | null
}

const NONE: ThreadNotes = { name: null, section: null }

/** The last word for each thread that has one. */
export async function readNotes(files: StoreFiles, path: AbsolutePath): Promise<ReadonlyMap<string, ThreadNotes>> {
  const notes = new Map<string, ThreadNotes>()
  try {
    if ((await files.stat(path)) === null) return notes
    await using file = await files.open(path)
    for await (const lines of readLines(file)) {
      for (const { text } of lines) {
        const parsed = parseJson(text)
        if (!parsed.ok || !isRecord(parsed.value) || typeof parsed.value['id'] !== 'string') continue
        const { id, name, section } = parsed.value as JsonObject & { readonly id: string }
        const before = notes.get(id) ?? NONE
        notes.set(id, { name: changed(before.name, name), section: changed(before.section, section) })
      }
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  return notes
}

/** Adds one line. Absent fields of the patch are left as they are, null clears. */
export async function appendNote(
  files: StoreFiles,
  path: AbsolutePath,
  id: ThreadId,
  patch: Pick<ThreadPatch, 'name' | 'section'>,
): Promise<void> {
  const { name, section } = patch
  const note = {
    timestamp: new Date(files.now()).toISOString(),
    id,
    ...(name === undefined ? {} : { name }),
    ...(section === undefined ? {} : { section }),
  }
  try {
    await using file = await files.append(path, { create: true })
    // A line that was cut by a crash stays alone on its line; an empty line means nothing.
    const start = (await isEnded(files, path)) ? '' : '\n'
    await file.write(Buffer.from(`${start}${JSON.stringify(note)}\n`))
    await file.datasync()
  } catch (error) {
    throw unwritable(path, error)
  }
}

async function isEnded(files: StoreFiles, path: AbsolutePath): Promise<boolean> {
  await using file = await files.open(path)
  const [last] = file.size === 0 ? [10] : await file.read(file.size - 1, 1)
  return last === 10
}

function changed(before: string | null, value: unknown): string | null {
  if (value === undefined) return before
  return typeof value === 'string' && value !== '' ? value : null
}
