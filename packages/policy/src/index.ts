export { createPolicy } from './decide.ts'
export { makeGrant } from './grant.ts'
