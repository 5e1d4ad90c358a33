import type { ModelInfo, ModelPrice } from '@octavo/extension-api'

/** Tokens assumed for a model nothing is known of. */
export const ASSUMED_CONTEXT_WINDOW = 128_000

/**
 * The row for a slug: the one whose slug is the longest that `slug` begins with, up to a separator. A namespace (`vendor/model`) is
 * taken off once when the whole slug finds nothing.
 *
 * Without a row one is assumed, with `known: false` and the given window. The row bears the slug that was asked for.
 */
export function findModel(slug: string, catalogue: readonly ModelInfo[], contextWindow: number | null): ModelInfo {
  const row = longestPrefix(slug, catalogue) ?? longestPrefix(slug.slice(slug.indexOf('/') + 1), catalogue)
  return row === null ? assumedModel(slug, contextWindow) : { ...row, slug, price: priceOf(slug, row) }
}

/** A dated version costs what its model does; of any other longer slug nothing is known, since it may be a model of its own. */
function priceOf(slug: string, row: ModelInfo): ModelPrice | null {
  const rest = slug.slice(slug.indexOf(row.slug) + row.slug.length)
  return rest === '' || /^-\d{4}-\d{2}-\d{2}$/.test(rest) ? (row.price ?? null) : null
}

function longestPrefix(slug: string, catalogue: readonly ModelInfo[]): ModelInfo | null {
  let best: ModelInfo | null = null
  for (const row of catalogue) {
    const isCandidate = slug.startsWith(row.slug) && !/^[a-z0-9]/i.test(slug.slice(row.slug.length))
    if (isCandidate && row.slug.length > (best?.slug.length ?? 0)) best = row
  }
  return best
}

function assumedModel(slug: string, contextWindow: number | null): ModelInfo {
  return {
    slug,
    known: false,
    contextWindow: contextWindow ?? ASSUMED_CONTEXT_WINDOW,
    instructions: 'instructions',
    applyPatch: 'function',
    parallelToolCalls: true,
    efforts: [],
    defaultEffort: null,
    reasoningSummaries: false,
    verbosity: false,
    serviceTiers: [],
    modalities: ['text', 'image'],
    truncation: { mode: 'bytes', limit: 10_000 },
  }
}
