import { describe } from 'vitest'
import { crashTests, faultTests, tearTests } from './store/faults.ts'
import { forkTests } from './store/forks.ts'
import { besideTests, leaseTests, revokeTests } from './store/leases.ts'
import { listTests } from './store/lists.ts'
import type { StoreConformanceOptions, StoreUnderTest } from './store/options.ts'
import { recordTests } from './store/records.ts'

/** Declares the tests that every `ThreadStore` has to pass, in a vitest file. */
export function storeConformance<Under extends StoreUnderTest>(options: StoreConformanceOptions<Under>): void {
  const { name, open, beside, crash, tear, revoke } = options
  describe(`records of ${name}`, () => {
    recordTests(options)
  })
  describe(`leases of ${name}`, () => {
    leaseTests(options)
    if (beside !== undefined) besideTests(open, beside)
    if (revoke !== undefined) revokeTests(open, revoke)
  })
  describe(`forks of ${name}`, () => {
    forkTests(options)
  })
  describe(`lists of ${name}`, () => {
    listTests(options)
  })
  describe(`faults of ${name}`, () => {
    faultTests(options)
    if (tear !== undefined) tearTests(open, tear)
    if (crash !== undefined) crashTests(open, crash)
  })
}
