export { createOctavo, type Octavo } from './create-octavo.ts'
export { embedded, type EmbeddedOptions } from './embedded/preset.ts'
