/** How soon a repeated word stops counting, and how much long texts are held back. Source: Okapi BM25, usual values. */
const SATURATION = 1.2
const LENGTH_WEIGHT = 0.75

/** Indexes of the texts that share a word with the query, best first; as good ones in their order. */
export function rankTexts(query: string, texts: readonly string[], limit: number): readonly number[] {
  const wanted = [...new Set(wordsOf(query))]
  const documents = texts.map((text) => countWords(wordsOf(text)))
  const meanLength = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, documents.length)
  const scores = documents.map(({ counts, length }, index) => ({
    index,
    score: wanted.reduce((sum, word) => {
      const count = counts.get(word) ?? 0
      if (count === 0) return sum
      const holding = documents.filter((document) => document.counts.has(word)).length
      const rarity = Math.log(1 + (documents.length - holding + 0.5) / (holding + 0.5))
      const weight = 1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * length) / Math.max(1, meanLength)
      return sum + (rarity * count * (SATURATION + 1)) / (count + SATURATION * weight)
    }, 0),
  }))
  return scores
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score || left.index - right.index)
    .slice(0, limit)
    .map(({ index }) => index)
}

/** Lower-case words; `camelCase` and `snake_case` are taken apart and count whole as well. */
function wordsOf(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}_-]+/u).flatMap((word) => {
    if (word === '') return []
    const parts = word.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').split(/[\s_-]+/)
    const whole = word.toLowerCase()
    return parts.length > 1 ? [whole, ...parts.filter((part) => part !== '').map((part) => part.toLowerCase())] : [whole]
  })
}

function countWords(words: readonly string[]): { readonly counts: ReadonlyMap<string, number>; readonly length: number } {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return { counts, length: words.length }
}
