import { modelShape, type ModelSection } from './model.ts'
import { otherShapes } from './other.ts'
import { projectShape, type ProjectSection } from './project.ts'
import { providersShape, type ProvidersSection } from './providers.ts'
import { safetyShape, type SafetySection } from './safety.ts'
import type { TableShape } from './shape.ts'

/** A whole `config.toml` after it was checked: aliases replaced, paths absolute. It may hold more keys, which nobody reads. */
export interface ConfigFile extends ModelSection, SafetySection, ProjectSection {
  readonly model_providers?: ProvidersSection
}

export const configFileShape: TableShape<ConfigFile> = {
  kind: 'table',
  keys: { ...modelShape.keys, ...safetyShape.keys, ...projectShape.keys, model_providers: providersShape, ...otherShapes },
}
