import { caseOf, explore } from './explore.ts'
import type { Case, Played } from './explore.ts'

/** Plays `count` cases. Of the first that does not hold, its seed, the shortest part of it that does not either, and how to play that; null when all hold. */
export async function firstBroken(first: number, count: number): Promise<string | null> {
  for (let seed = first; seed < first + count; seed += 1) {
    // A thread is driven by hand, on the microtasks of this one.
    // oxlint-disable-next-line no-await-in-loop
    const { problems } = await explore(caseOf(seed))
    // oxlint-disable-next-line no-await-in-loop
    if (problems.length > 0) return await report(seed, problems)
  }
  return null
}

async function report(seed: number, problems: readonly string[]): Promise<string> {
  const shortest = await shrink(caseOf(seed), problems)
  const again = await explore(shortest)
  return [
    `seed ${seed} does not hold:`,
    ...problems.map((problem) => `  ${problem}`),
    `and neither does this part of it:`,
    ...again.acts.map((act) => `  ${act}`),
    ...again.problems.map((problem) => `  ${problem}`),
    `play it alone: ${commandOf(shortest)}`,
  ].join('\n')
}

/** Acts are left out, many at once and then fewer, as long as something is wrong in the same way. */
export async function shrink(whole: Case, problems: readonly string[]): Promise<Case> {
  const wanted = new Set(problems.map(kindOf))
  const isSame = ({ problems: others }: Played): boolean => others.some((problem) => wanted.has(kindOf(problem)))
  let { steps } = whole
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
      // One try after the other: each begins with what the one before it left.
      // oxlint-disable-next-line no-await-in-loop
      if (isSame(await explore({ seed: whole.seed, steps: fewer }))) steps = fewer
      else at += size
    }
  }
  return { seed: whole.seed, steps }
}

export function commandOf({ seed, steps }: Case): string {
  return `node_modules/.bin/node --conditions=@octavo/source packages/core/test/explore/main.ts ${seed} ${steps.join(',')}`
}

/** A problem without the names in it. */
function kindOf(problem: string): string {
  const [line = ''] = problem.split('\n')
  return line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replaceAll(/\d+/g, 'n')
}
