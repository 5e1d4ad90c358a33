export { readAuthFile } from './auth-file.ts'
export type { AuthSource, ResolvedKey } from './source.ts'
export { resolveKey } from './source.ts'
