export { createPolicy } from './decide.ts'
