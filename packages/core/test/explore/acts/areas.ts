import type { Area } from '../act.ts'
import { asking } from './asking.ts'
import { budgets } from './budgets.ts'
import { delegates } from './delegates.ts'
import { input } from './input.ts'
import { threads } from './threads.ts'
import { turns } from './turns.ts'
import { faults, work } from './work.ts'

/** Everything somebody does. Without the first ones nothing would ever happen. */
export const AREAS: readonly (Area & { readonly isAlways: boolean })[] = [
  ...[input, work].map((area) => ({ ...area, isAlways: true })),
  ...[turns, asking, budgets, delegates, threads, faults].map((area) => ({ ...area, isAlways: false })),
]
