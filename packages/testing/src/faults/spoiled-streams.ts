/** After how many values, or after the first value of which it is true. */
export type StreamPoint = number | ((value: unknown) => boolean)

/** The stream, broken at a point. One that ends before is left as it is. */
export async function* cutStream(stream: AsyncIterable<unknown>, after: StreamPoint, error: Error): AsyncGenerator<unknown> {
  if (after === 0) throw error
  const isPoint = counted(after)
  for await (const value of stream) {
    yield value
    if (isPoint(value)) throw error
  }
}

/** The stream with values of somebody else's put in at a point. */
export async function* dirtyStream(
  stream: AsyncIterable<unknown>,
  after: StreamPoint,
  values: readonly unknown[],
): AsyncGenerator<unknown> {
  if (after === 0) yield* values
  const isPoint = counted(after)
  for await (const value of stream) {
    yield value
    if (isPoint(value)) yield* values
  }
}

/** True once: at the point. */
function counted(after: StreamPoint): (value: unknown) => boolean {
  let passed = 0
  let isOver = after === 0
  return (value) => {
    passed += 1
    if (isOver) return false
    isOver = typeof after === 'number' ? passed === after : after(value)
    return isOver
  }
}
