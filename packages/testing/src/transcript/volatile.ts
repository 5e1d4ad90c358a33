/** Hides what the exec tools say that no two runs have in common: lengths of time, chunks and sessions. */
export function maskExecReport(text: string): string {
  // No word boundaries before a word: in JSON a line break is `\n`, whose `n` would be a letter before it.
  return text
    .replaceAll(/session ID \d+/g, 'session ID <terminal>')
    .replaceAll(/Wall time: [\d.]+ seconds/g, 'Wall time: <seconds> seconds')
    .replaceAll(/Chunk ID: [0-9a-f]{6}\b/g, 'Chunk ID: <chunk>')
}

/** The local date that the engine tells the model. */
export function maskDate(text: string): string {
  return text.replaceAll(/(<current_date>)[^<]*/g, '$1<date>')
}

/** Numbers UUIDs in the order they appear, so that two that were equal stay equal and two that differed stay different. */
export function uuidMask(): (text: string) => string {
  const ids = new Map<string, string>()
  return (text) =>
    text.replaceAll(/(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (id) => {
      const known = ids.get(id) ?? `<id-${ids.size + 1}>`
      ids.set(id, known)
      return known
    })
}

/** Puts other words in place of texts; the longest of them wins. */
export function replaceTexts(text: string, replace: Readonly<Record<string, string>>): string {
  let replaced = text
  const longestFirst = Object.entries(replace).toSorted(([left], [right]) => right.length - left.length)
  for (const [from, to] of longestFirst) replaced = replaced.replaceAll(from, to)
  return replaced
}
