import type { Repository, SourceFile } from './repository.ts'
import { packageOf, resolveRelative, type Rule, type Violation } from './rules.ts'

export type Graph = ReadonlyMap<string, readonly string[]>

/** The rules that look at the whole graph, by the sentence that is true when they find nothing. */
export const graphRules: Readonly<Record<string, Rule>> = {
  'no files import each other in a circle': fileCycles,
  'no packages depend on each other in a circle': packageCycles,
  'edges of house.config.json point to lower layers': layers,
  'cold entries reach nothing heavy': coldEntries,
}

/** The circles of a graph, each once, as a path that ends where it begins. */
export function findCycles(graph: Graph): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): void => {
    const seenAt = path.indexOf(node)
    if (seenAt >= 0) cycles.push([...path.slice(seenAt), node])
    if (seenAt >= 0 || done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}

/** Types count: a circle of types is a circle for the reader. Lazy imports do not: they are how a circle is opened. */
function fileCycles({ files }: Repository): Violation[] {
  const graph = new Map(files.map((file) => [file.path, relativeTargets(file)]))
  return findCycles(graph).map((cycle) => `${cycle[0]}: ${cycle.join(' → ')}`)
}

function packageCycles({ config, manifests }: Repository): Violation[] {
  const graph = new Map(
    manifests.map(({ packageName, dependencies, optionalDependencies, peerDependencies, devDependencies }) => [
      packageName,
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies, ...devDependencies }).filter(
        (name) => name in config.packages,
      ),
    ]),
  )
  return findCycles(graph).map((cycle) => cycle.join(' → '))
}

function layers({ config }: Repository): Violation[] {
  return Object.entries(config.packages).flatMap(([name, row]) =>
    row.ours
      .filter((target) => (config.packages[target]?.layer ?? Infinity) >= row.layer)
      .map((target) => `house.config.json: ${name} (layer ${row.layer}) may not stand on ${target}`),
  )
}

function coldEntries(repository: Repository): Violation[] {
  const byPath = new Map(repository.files.map((file) => [file.path, file]))
  return repository.config.coldEntries.flatMap(({ file, never, reason }) =>
    [...reachable(file, byPath)].flatMap((path) =>
      (byPath.get(path)?.imports ?? [])
        .filter((line) => line.kind === 'static' && !line.typeOnly && never.includes(packageOf(line.specifier) ?? ''))
        .map((line) => `${path}:${line.line}: ${line.specifier} is reached from ${file}: ${reason}`),
    ),
  )
}

function reachable(entry: string, files: ReadonlyMap<string, SourceFile>): Set<string> {
  const seen = new Set([entry])
  for (const path of seen) {
    const file = files.get(path)
    if (file === undefined) continue
    for (const line of file.imports) {
      if (line.kind === 'static' && !line.typeOnly && line.specifier.startsWith('.')) seen.add(resolveRelative(path, line.specifier))
    }
  }
  return seen
}

function relativeTargets(file: SourceFile): string[] {
  return file.imports
    .filter((line) => line.kind === 'static' && line.specifier.startsWith('.'))
    .map((line) => resolveRelative(file.path, line.specifier))
}
