export { type ConfigFile, configFileShape } from './config-file.ts'
export { type ModelSection, modelShape } from './model.ts'
export { otherShapes } from './other.ts'
export { type ProjectSection, projectShape } from './project.ts'
export { MAX_CONFIGURED_RETRIES, type ProviderSection, type ProvidersSection, providersShape, type WireApi } from './providers.ts'
export {
  type ApprovalSection,
  type GranularSection,
  type ProjectTrustSection,
  type SafetySection,
  safetyShape,
  type WorkspaceWriteSection,
} from './safety.ts'
export type {
  AnyShape,
  ChoiceShape,
  EitherShape,
  FlagShape,
  IntegerShape,
  ListShape,
  MapShape,
  PathShape,
  Shape,
  ShapeOf,
  TableShape,
  TextShape,
} from './shape.ts'
