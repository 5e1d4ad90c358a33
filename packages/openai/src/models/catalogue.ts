import type { ModelInfo } from '@octavo/extension-api'
import { PRICES } from './prices.ts'

/** What a row does not say. Windows are tokens of input: what a model takes, less what it may answer where both share one figure. */
const REASONING = {
  known: true,
  instructions: 'instructions',
  applyPatch: 'freeform',
  parallelToolCalls: true,
  defaultEffort: 'medium',
  reasoningSummaries: true,
  verbosity: true,
  serviceTiers: ['flex', 'priority'],
  modalities: ['text', 'image'],
  truncation: { mode: 'tokens', limit: 10_000 },
} as const satisfies Partial<ModelInfo>

/** Models made for coding agents: no verbosity, and calls one at a time. */
const CODEX = { ...REASONING, parallelToolCalls: false, verbosity: false, serviceTiers: ['priority'] } as const satisfies Partial<ModelInfo>

/** Models that came before freeform tools. */
const EARLIER = {
  ...REASONING,
  applyPatch: 'function',
  verbosity: false,
  truncation: { mode: 'bytes', limit: 10_000 },
} as const satisfies Partial<ModelInfo>

const PLAIN = {
  ...EARLIER,
  efforts: [],
  defaultEffort: null,
  reasoningSummaries: false,
  serviceTiers: ['priority'],
} as const satisfies Partial<ModelInfo>

const BYTES = { truncation: { mode: 'bytes', limit: 10_000 } } as const satisfies Partial<ModelInfo>

const LOW_TO_HIGH = ['low', 'medium', 'high'] as const
const LOW_TO_XHIGH = ['low', 'medium', 'high', 'xhigh'] as const
const NONE_TO_MAX = ['none', 'low', 'medium', 'high', 'xhigh', 'max'] as const

const ROWS: readonly ModelInfo[] = [
  { ...REASONING, slug: 'gpt-6', contextWindow: 922_000, efforts: NONE_TO_MAX },
  { ...REASONING, slug: 'gpt-5.6', contextWindow: 922_000, efforts: NONE_TO_MAX },
  { ...REASONING, slug: 'gpt-5.5', contextWindow: 922_000, efforts: ['none', ...LOW_TO_XHIGH] },
  { ...REASONING, slug: 'gpt-5.4', contextWindow: 922_000, efforts: ['none', ...LOW_TO_XHIGH] },
  { ...REASONING, slug: 'gpt-5.4-mini', contextWindow: 272_000, efforts: ['none', ...LOW_TO_XHIGH] },
  { ...REASONING, slug: 'gpt-5.4-nano', contextWindow: 272_000, efforts: ['none', ...LOW_TO_XHIGH] },
  { ...CODEX, slug: 'gpt-5.3-codex', contextWindow: 272_000, efforts: LOW_TO_XHIGH, parallelToolCalls: true },
  { ...CODEX, slug: 'gpt-5.2-codex', contextWindow: 272_000, efforts: LOW_TO_XHIGH, parallelToolCalls: true },
  { ...REASONING, ...BYTES, slug: 'gpt-5.2', contextWindow: 272_000, efforts: ['none', ...LOW_TO_XHIGH] },
  { ...CODEX, slug: 'gpt-5.1-codex-max', contextWindow: 272_000, efforts: LOW_TO_XHIGH },
  { ...CODEX, slug: 'gpt-5.1-codex-mini', contextWindow: 272_000, efforts: ['medium', 'high'] },
  { ...CODEX, slug: 'gpt-5.1-codex', contextWindow: 272_000, efforts: LOW_TO_HIGH },
  { ...REASONING, ...BYTES, slug: 'gpt-5.1', contextWindow: 272_000, efforts: ['none', ...LOW_TO_HIGH] },
  { ...CODEX, slug: 'gpt-5-codex', contextWindow: 272_000, efforts: LOW_TO_HIGH },
  { ...CODEX, slug: 'gpt-5-codex-mini', contextWindow: 272_000, efforts: ['medium', 'high'] },
  { ...REASONING, ...BYTES, slug: 'gpt-5', contextWindow: 272_000, efforts: ['minimal', ...LOW_TO_HIGH] },
  { ...REASONING, ...BYTES, slug: 'gpt-5-mini', contextWindow: 272_000, efforts: ['minimal', ...LOW_TO_HIGH] },
  { ...REASONING, ...BYTES, slug: 'gpt-5-nano', contextWindow: 272_000, efforts: ['minimal', ...LOW_TO_HIGH] },
  { ...EARLIER, slug: 'o3', contextWindow: 200_000, efforts: LOW_TO_HIGH },
  { ...EARLIER, slug: 'o4-mini', contextWindow: 200_000, efforts: LOW_TO_HIGH },
  { ...EARLIER, slug: 'codex-mini-latest', contextWindow: 200_000, efforts: LOW_TO_HIGH },
  { ...PLAIN, slug: 'gpt-4.1', contextWindow: 1_047_576 },
  { ...PLAIN, slug: 'gpt-4o', contextWindow: 128_000 },
  {
    ...EARLIER,
    slug: 'gpt-oss',
    contextWindow: 131_072,
    efforts: LOW_TO_HIGH,
    reasoningSummaries: false,
    parallelToolCalls: false,
    serviceTiers: [],
    modalities: ['text'],
  },
]

/** The bundled catalogue. A slug that is longer than a row's (`gpt-5-2025-08-07`) uses the longest row it begins with. */
export const CATALOGUE: readonly ModelInfo[] = ROWS.map((row) => ({ ...row, price: PRICES[row.slug] ?? null }))
