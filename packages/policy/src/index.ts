export { createPolicy } from './decide.ts'
export { canWrite, makeGrant } from './grant.ts'
