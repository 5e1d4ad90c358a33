export type { Errno, Fault, FaultEffect, FaultOptions } from './fault.ts'
export { errnoError, fault } from './fault.ts'
export type { Faulty } from './with-faults.ts'
export { withFaults } from './with-faults.ts'
