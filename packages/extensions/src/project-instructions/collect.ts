import { type AbsolutePath, joinPath } from '@octavo/base'
import type { FileReader } from './file-cache.ts'
import { foldersBetween } from './folders.ts'

/** First the one kept to oneself, then the one that is shared. */
const names: readonly string[] = ['AGENTS.override.md', 'AGENTS.md']

/** The user's own instructions, trimmed: the first file with any text; null when there is none. */
export async function collectUser(read: FileReader, folders: readonly AbsolutePath[]): Promise<string | null> {
  for (const path of folders.flatMap((folder) => names.map((name) => joinPath(folder, name)))) {
    const bytes = await read(path)
    const text = bytes === null ? '' : new TextDecoder().decode(bytes).trim()
    if (text !== '') return text
  }
  return null
}

export interface ProjectFiles {
  readonly root: AbsolutePath
  readonly cwd: AbsolutePath
  readonly maxBytes: number
  readonly fallbackFilenames: readonly string[]
}

/**
 * The texts of a project, from its root down to the working directory: of each directory the first file that exists. Blank files are left
 * out and cost nothing. The file that goes over `maxBytes` is cut before the character that does not fit and named in `cut`; those after
 * it are left out.
 */
export async function collectProject(
  read: FileReader,
  { root, cwd, maxBytes, fallbackFilenames }: ProjectFiles,
): Promise<{ readonly texts: readonly string[]; readonly cut: AbsolutePath | null }> {
  if (maxBytes <= 0) return { texts: [], cut: null }
  const candidates = [...new Set([...names, ...fallbackFilenames.filter((name) => name.trim() !== '')])]
  const found = await Promise.all(foldersBetween(root, cwd).map((folder) => firstFile(read, folder, candidates)))
  const texts: string[] = []
  let left = maxBytes
  for (const file of found) {
    if (file === null) continue
    const whole = new TextDecoder().decode(file.bytes)
    if (whole.trim() === '') continue
    if (file.bytes.length > left) {
      // A stream keeps back the bytes of a character that is not complete yet.
      const text = new TextDecoder().decode(file.bytes.subarray(0, left), { stream: true })
      return { texts: text.trim() === '' ? texts : [...texts, text], cut: file.path }
    }
    texts.push(whole)
    left -= file.bytes.length
  }
  return { texts, cut: null }
}

async function firstFile(
  read: FileReader,
  folder: AbsolutePath,
  candidates: readonly string[],
): Promise<{ readonly path: AbsolutePath; readonly bytes: Uint8Array } | null> {
  for (const name of candidates) {
    const path = joinPath(folder, name)
    const bytes = await read(path)
    if (bytes !== null) return { path, bytes }
  }
  return null
}
