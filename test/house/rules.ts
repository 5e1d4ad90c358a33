import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { matchesPath, type PackageRow } from './config.ts'
import type { Repository, SourceFile } from './repository.ts'
import { type ImportLine, lineAt } from './scan.ts'

/** A violation, as `path:line: sentence`. */
export type Violation = string
export type Rule = (repository: Repository) => Violation[]

/** Every rule by the sentence that is true when it finds nothing. */
export const rules: Readonly<Record<string, Rule>> = {
  'every package has its row': ({ strangers }) => strangers.map((dir) => `${dir}: no row in house.config.json`),
  'a row is marked as planned while its package is not there, and no longer': plannedRows,
  'manifests list only allowed packages': manifestEdges,
  'manifests open only listed entries': manifestEntries,
  'sources import only allowed packages': (repository) => eachImport(repository, importEdge),
  'other packages are entered through their entries': (repository) => eachImport(repository, deepImport),
  'relative imports stay in their package': (repository) => eachImport(repository, escapingImport),
  'node modules are imported only where allowed, with their prefix': (repository) => eachImport(repository, nodeImport),
  'heavy packages are loaded lazily': (repository) => eachImport(repository, heavyImport),
  'some packages are imported as a namespace only': (repository) => eachImport(repository, namedImport),
  'private files are imported only by their owners': (repository) => eachImport(repository, privateImport),
  'no banned call': bannedCalls,
  'no source file is too long': longFiles,
  'the source stays in its budget of lines': totalLines,
  'no test is skipped or singled out': skippedTests,
}

type ImportRule = (file: SourceFile, line: ImportLine, row: PackageRow, repository: Repository) => string | undefined

function eachImport(repository: Repository, rule: ImportRule): Violation[] {
  return repository.files.flatMap((file) => {
    const row = rowOf(repository, file.packageName)
    return file.imports.flatMap((line) => {
      const sentence = rule(file, line, row, repository)
      return sentence === undefined ? [] : [`${file.path}:${line.line}: ${sentence}`]
    })
  })
}

/** `@scope/name/sub` → `@scope/name`; relative and built-in specifiers have no package. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('#') || isBuiltin(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The file a relative specifier names, relative to the root. */
export function resolveRelative(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier)
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier)
}

function rowOf({ config }: Repository, name: string): PackageRow {
  const row = config.packages[name]
  if (row === undefined) throw new Error(`no row for ${name} in house.config.json`)
  return row
}

function plannedRows({ config, missing }: Repository): Violation[] {
  return Object.entries(config.packages).flatMap(([name, { dir, planned = false }]) => {
    const isMissing = missing.includes(name)
    if (isMissing === planned) return []
    return [`house.config.json: ${name} ${isMissing ? `is not in ${dir}; mark it "planned": true` : `is in ${dir}; drop "planned"`}`]
  })
}

function manifestEdges(repository: Repository): Violation[] {
  const { packages, testingUsers } = repository.config
  return repository.manifests.flatMap((manifest) => {
    const row = rowOf(repository, manifest.packageName)
    const allowed = new Set([...row.ours, ...row.others.map((other) => other.name)])
    const listed = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
    const wrong = Object.keys(listed).filter((name) => !allowed.has(name))
    const wrongForTests = Object.keys(manifest.devDependencies).filter(
      (name) =>
        name in packages && !allowed.has(name) && !(name === '@octavo/testing' && testingUsers.packages.includes(manifest.packageName)),
    )
    return [
      ...wrong.map((name) => `${manifest.path}: lists ${name}, which house.config.json does not allow`),
      ...wrongForTests.map((name) => `${manifest.path}: lists ${name} for its tests, which house.config.json does not allow`),
    ]
  })
}

function manifestEntries(repository: Repository): Violation[] {
  return repository.manifests.flatMap((manifest) => {
    const { entries } = rowOf(repository, manifest.packageName)
    const wrong = manifest.exports.filter((entry) => !entries.some((pattern) => matchesPath(pattern, entry)))
    return wrong.map((entry) => `${manifest.path}: opens ${entry}, which house.config.json does not list`)
  })
}

function importEdge(file: SourceFile, line: ImportLine, row: PackageRow, repository: Repository): string | undefined {
  const name = packageOf(line.specifier)
  if (name === undefined || name === file.packageName || row.ours.includes(name) || row.others.some((other) => other.name === name))
    return undefined
  if (file.isTest) {
    const manifest = repository.manifests.find((each) => each.packageName === file.packageName)
    if (name === 'vitest' || (manifest !== undefined && name in manifest.devDependencies)) return undefined
  }
  return `imports ${name}, which house.config.json does not allow to ${file.packageName}`
}

function deepImport(_file: SourceFile, line: ImportLine, _row: PackageRow, { config }: Repository): string | undefined {
  const name = packageOf(line.specifier)
  const target = name === undefined ? undefined : config.packages[name]
  if (name === undefined || target === undefined) return undefined
  const entry = `.${line.specifier.slice(name.length)}`
  return target.entries.some((pattern) => matchesPath(pattern, entry)) ? undefined : `${line.specifier} is not an entry of ${name}`
}

function escapingImport(file: SourceFile, line: ImportLine, row: PackageRow): string | undefined {
  if (!line.specifier.startsWith('.')) return undefined
  return resolveRelative(file.path, line.specifier).startsWith(`${row.dir}/`) ? undefined : `${line.specifier} leaves ${row.dir}`
}

function nodeImport(file: SourceFile, line: ImportLine, row: PackageRow): string | undefined {
  if (!isBuiltin(line.specifier)) return undefined
  if (!line.specifier.startsWith('node:')) return `${line.specifier} is written node:${line.specifier}`
  return row.node || file.isTest ? undefined : `imports ${line.specifier}; ${file.packageName} runs without Node`
}

function heavyImport(file: SourceFile, line: ImportLine, row: PackageRow): string | undefined {
  if (file.isTest || line.typeOnly || line.kind === 'dynamic') return undefined
  const name = packageOf(line.specifier)
  const other = row.others.find((each) => each.name === name)
  if (other?.lazy === true) return `imports ${name} at load time; use import() in the function that needs it`
  const places = other?.valueOnlyIn
  if (places === undefined || places.some((place) => matchesPath(`${row.dir}/${place}`, file.path))) return undefined
  return `imports values of ${name}; only ${places.join(', ')} may`
}

function namedImport(_file: SourceFile, line: ImportLine, _row: PackageRow, { config }: Repository): string | undefined {
  const ban = config.starOnly.find((each) => each.name === packageOf(line.specifier))
  if (ban === undefined || line.typeOnly || line.kind === 'dynamic' || line.clause.startsWith('*')) return undefined
  return `write import * as … from '${line.specifier}': ${ban.reason}`
}

function privateImport(file: SourceFile, line: ImportLine, _row: PackageRow, { config }: Repository): string | undefined {
  if (!line.specifier.startsWith('.')) return undefined
  const target = resolveRelative(file.path, line.specifier)
  const rule = config.privateFiles.find((each) => each.file === target && !matchesPath(each.onlyFrom, file.path))
  return rule === undefined ? undefined : `imports ${rule.file}: ${rule.reason}`
}

function bannedCalls({ config, files }: Repository): Violation[] {
  return files
    .filter((file) => !file.isTest)
    .flatMap((file) =>
      config.bans
        .filter((ban) => ban.packages?.includes(file.packageName) ?? true)
        .filter((ban) => !ban.allow.some((place) => matchesPath(place.path, file.path)))
        .flatMap((ban) =>
          ban.patterns
            .flatMap((pattern) => [...file.code.matchAll(new RegExp(pattern, 'g'))])
            .map((match) => `${file.path}:${lineAt(file.text, match.index)}: ${match[0].trim()} (${ban.id}): ${ban.what}`),
        ),
    )
}

function longFiles({ config, files }: Repository): Violation[] {
  return files
    .filter((file) => !file.isTest && lineCount(file) > config.maxSourceLines)
    .map((file) => `${file.path}:${config.maxSourceLines + 1}: ${lineCount(file)} lines, at most ${config.maxSourceLines}`)
}

function totalLines({ config, files }: Repository): Violation[] {
  const lines = files.filter((file) => !file.isTest).reduce((sum, file) => sum + lineCount(file), 0)
  return lines > config.totalBudget ? [`all packages: ${lines} lines of source, the budget is ${config.totalBudget}`] : []
}

function lineCount(file: SourceFile): number {
  return file.text.replace(/\n$/, '').split('\n').length
}

const skipPattern = /\b(?:it|test|describe|suite|scenario)(?:\s*\.\s*\w+)*\s*\.\s*(?:skip|skipIf|runIf|only|todo|fails)\b/g

function skippedTests({ files }: Repository): Violation[] {
  return files
    .filter((file) => file.isTest)
    .flatMap((file) => [...file.code.matchAll(skipPattern)].map((match) => `${file.path}:${lineAt(file.text, match.index)}: ${match[0]}`))
}
