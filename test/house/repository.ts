import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { HouseConfig, PackageRow } from './config.ts'
import { type ImportLine, importsOf, maskText } from './scan.ts'

export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string
  readonly packageName: string
  readonly isTest: boolean
  readonly text: string
  readonly code: string
  readonly imports: readonly ImportLine[]
}

export interface Manifest {
  readonly path: string
  readonly packageName: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly exports: readonly string[]
}

export interface Repository {
  readonly config: HouseConfig
  readonly files: readonly SourceFile[]
  readonly manifests: readonly Manifest[]
  /** Folders under `packages` and `apps` that no row of the configuration names. */
  readonly strangers: readonly string[]
  /** Rows of the configuration without a package in their folder. */
  readonly missing: readonly string[]
}

/** Reads the packages that exist. */
export function readRepository(root: string): Repository {
  const config = JSON.parse(readFileSync(join(root, 'house.config.json'), 'utf8')) as HouseConfig
  const rows = Object.entries(config.packages).filter(([, row]) => existsSync(join(root, row.dir, 'package.json')))
  const known = new Set(Object.values(config.packages).map((row) => row.dir))
  return {
    config,
    files: rows.flatMap(([name, row]) => readSources(root, name, row)),
    manifests: rows.map(([name, row]) => readManifest(root, name, row)),
    strangers: ['packages', 'apps']
      .flatMap((top) => readdirSync(join(root, top)).map((dir) => `${top}/${dir}`))
      .filter((dir) => !known.has(dir) && existsSync(join(root, dir, 'package.json'))),
    missing: Object.keys(config.packages).filter((name) => !rows.some(([built]) => built === name)),
  }
}

export function toSourceFile(path: string, packageName: string, text: string): SourceFile {
  const isTest = /\.(?:test|test-d|scenario|property|long|example)\.[cm]?ts$/.test(path) || /\/test\//.test(path)
  return { path, packageName, isTest, text, code: maskText(text), imports: importsOf(text) }
}

function readSources(root: string, name: string, row: PackageRow): SourceFile[] {
  return ['src', 'test']
    .map((folder) => join(root, row.dir, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !/\/(?:node_modules|dist|fixtures|golden)\//.test(file))
    .toSorted()
    .map((file) => toSourceFile(relative(root, file).split(sep).join('/'), name, readFileSync(file, 'utf8')))
}

function readManifest(root: string, name: string, row: PackageRow): Manifest {
  const path = `${row.dir}/package.json`
  const json = JSON.parse(readFileSync(join(root, path), 'utf8')) as Partial<Omit<Manifest, 'exports'>> & {
    name: string
    exports?: Record<string, unknown>
  }
  if (json.name !== name) throw new Error(`${path} is named ${json.name}, house.config.json says ${name}`)
  return {
    path,
    packageName: name,
    dependencies: json.dependencies ?? {},
    optionalDependencies: json.optionalDependencies ?? {},
    peerDependencies: json.peerDependencies ?? {},
    devDependencies: json.devDependencies ?? {},
    exports: Object.keys(json.exports ?? {}).filter((entry) => entry !== './package.json'),
  }
}
