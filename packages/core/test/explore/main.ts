import { caseOf, explore } from './explore.ts'
import { commandOf, shrink } from './report.ts'

// Plays one case and tells what was done and what did not hold, or many and tells those that do not hold; with `shrink`, the shortest part
// of a case that does not:
//   node_modules/.bin/node --conditions=@octavo/source packages/core/test/explore/main.ts 17
//   node_modules/.bin/node --conditions=@octavo/source packages/core/test/explore/main.ts 17 3,4,9
//   node_modules/.bin/node --conditions=@octavo/source packages/core/test/explore/main.ts 17 shrink
//   node_modules/.bin/node --conditions=@octavo/source packages/core/test/explore/main.ts 1-1000
const [, , seeds = '1', how] = process.argv
const [first = 1, last = first] = seeds.split('-').map(Number)
const steps = how === undefined || how === 'shrink' ? undefined : how.split(',').map(Number)
let broken = 0
for (let seed = first; seed <= last; seed += 1) {
  const { problems, acts } = await explore(caseOf(seed, steps))
  if (problems.length > 0) broken += 1
  if (first === last) console.log(acts.join('\n'))
  if (problems.length > 0 || first === last) console.log([`seed ${seed}:`, ...problems].join('\n  '))
  if (problems.length > 0 && how === 'shrink') console.log(commandOf(await shrink(caseOf(seed), problems)))
}
console.log(`${last - first + 1} cases, of which ${broken} do not hold`)
process.exitCode = broken > 0 ? 1 : 0
