// Writes docs/behaviours.md: which test proves which behaviour.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readBehaviours, readNumberedTests, renderMap, unknownNumbers, unproven } from '../test/behaviours/map.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const behaviours = readBehaviours(root)
const tests = readNumberedTests(root)
writeFileSync(join(root, 'docs', 'behaviours.md'), renderMap(behaviours, tests))
const problems = [...unproven(behaviours, tests), ...unknownNumbers(behaviours, tests)]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
