import { splitScript } from '../src/command/split.ts'
import { loadBashGrammar } from './bash-grammar.ts'
import { commandLines } from './line-grammar.ts'

/** How the tokenizer and the grammar compare over many lines. */
export interface Comparison {
  /** Lines the tokenizer called plain. */
  readonly accepted: number
  /** Lines it called plain that the grammar does not, or whose words differ. Empty when all is well. */
  readonly wrong: readonly string[]
}

export async function compare(seed: number, count: number): Promise<Comparison> {
  const read = await loadBashGrammar()
  const wrong: string[] = []
  let accepted = 0
  for (const line of commandLines(seed, count)) {
    const ours = splitScript(line)?.map(({ words }) => words.map(({ text }) => text)) ?? null
    if (ours === null) continue
    accepted += 1
    const theirs = read(line)
    const [left, right] = [JSON.stringify(ours), JSON.stringify(theirs)]
    if (left !== right) wrong.push(`${JSON.stringify(line)}: ${left} and ${right}`)
  }
  return { accepted, wrong }
}
