import { type AbsolutePath, joinPath, OctavoError } from '@octavo/base'
import { ConfigError } from './error.ts'
import type { ConfigFiles } from './files.ts'
import type { Homes } from './home.ts'
import { systemFolders } from './layers.ts'
import { foldersBetween, type Project } from './project.ts'

/**
 * The files rules are read from, lowest first: `rules/*.rules` of the machine, of the user, and of the folders of a trusted project; in
 * each place Codex's below Octavo's, and by name within a folder. None of them has been opened.
 *
 * @throws ConfigError `unreadable` for a folder whose names cannot be read: it may hold rules that forbid
 */
export async function findRuleFiles(files: ConfigFiles, homes: Homes, { cwd, root, trust }: Project): Promise<readonly AbsolutePath[]> {
  const ofProject = trust.level === 'trusted' ? foldersBetween(root ?? cwd, cwd) : []
  const folders = [
    ...systemFolders,
    homes.codexHome,
    homes.octavoHome,
    ...ofProject.flatMap((folder) => ['.codex', '.octavo'].map((name) => joinPath(folder, name))),
  ].map((folder) => joinPath(folder, 'rules'))
  // The home directory may be a project of its own.
  const found = await Promise.all([...new Set(folders)].map((folder) => rulesIn(files, folder)))
  return found.flat()
}

/** The file that rules are added to. Codex's own is never changed (R45). */
export function ownRuleFile({ octavoHome }: Homes): AbsolutePath {
  return joinPath(octavoHome, 'rules/default.rules')
}

async function rulesIn(files: ConfigFiles, folder: AbsolutePath): Promise<readonly AbsolutePath[]> {
  let names: readonly string[]
  try {
    names = await files.list(folder)
  } catch (cause) {
    if (OctavoError.is(cause) && cause.code === 'not_found') return []
    throw new ConfigError('unreadable', `cannot read the folder of rules ${folder}; check who owns it and its mode`, { cause })
  }
  const rules = names.filter((name) => name.endsWith('.rules')).toSorted()
  const regular = await Promise.all(rules.map(async (name) => (await files.stat(joinPath(folder, name)))?.kind === 'file'))
  return rules.filter((_, index) => regular[index]).map((name) => joinPath(folder, name))
}
