/** Middle value, and the quartiles around it. */
export function spread(values) {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share) => {
    const place = share * (sorted.length - 1)
    const low = Math.floor(place)
    const high = Math.ceil(place)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low)
  }
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

/** `12.3 ms (11.9 to 12.8)`. */
export function show({ median, low, high }, unit) {
  const digits = unit === 'MiB' ? 0 : 1
  return `${median.toFixed(digits)} ${unit} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

/** A measured difference against its bound; too noisy to tell when the quartiles lie further apart than half the bound. */
export function verdict(name, values, bound, unit) {
  const { median, low, high } = spread(values)
  const noisy = high - low > bound / 2
  const word = median <= bound ? 'within' : 'OVER'
  return `${name}: ${show({ median, low, high }, unit)}, ${word} ${bound} ${unit}${noisy ? '; the machine was too noisy to tell' : ''}`
}
