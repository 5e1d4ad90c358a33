import { describeError, raceSignal } from '@octavo/base'
import type { ResponseItem } from '@octavo/protocol'
import { TurnError } from '../../errors/turn-error.ts'
import type { Line } from '../respond.ts'
import { turnSite } from '../turn-context.ts'
import type { TurnContext, TurnParts } from '../turn-context.ts'
import { summarise } from './local.ts'
import type { Material } from './material.ts'
import { replacementOf, tokensOf, within } from './replacement.ts'
import type { Shortened } from './replacement.ts'
import { problemOf } from './verify.ts'
import { CUT_NOTE, summaryOf, summaryText } from './words.ts'

/** What a shortened history must keep to. */
export interface Target {
  /** It may hold no more. */
  readonly tokens: number
  /** Without asking a model. */
  readonly modelFree: boolean
  /** The turn cannot go on otherwise, so a summary that cannot be accounted for gives way to a cut. */
  readonly needed: boolean
}

/** Tokens that a summary needs at the least, with what stands before it. */
export const LEAST_TOKENS = 256

/** One try: how much of what the user said stays, and how long the summary may be, as tokens and as a share of the target. */
interface Rung {
  readonly kept: number
  readonly keptShare: number
  readonly summaryShare: number
}

const SUMMARISED: readonly Rung[] = [
  { kept: 20_000, keptShare: 1 / 2, summaryShare: 1 },
  { kept: 5_000, keptShare: 1 / 8, summaryShare: 1 / 4 },
]
const CUT: readonly Rung[] = [
  { kept: 20_000, keptShare: 1 / 4, summaryShare: 1 / 4 },
  { kept: 0, keptShare: 0, summaryShare: 0 },
]

/**
 * A history that holds no more than the target, with every pinned item in it: by an extension, else by a summary of the model, else by
 * leaving out everything but what the user said last. Each result is verified before it is taken.
 *
 * @throws TurnError `compaction_failed` when what must stay does not fit; ModelError when the model fails for good
 */
export async function shorten(material: Material, target: Target, turn: TurnContext, parts: TurnParts, line: Line): Promise<Shortened> {
  const { pinned, pinnedTokens } = material
  if (pinnedTokens + LEAST_TOKENS > target.tokens) throw noRoom(pinnedTokens, target)
  const isGood = ({ items }: Shortened): boolean => problemOf(items, { pinned, targetTokens: target.tokens }) === null
  if (!target.modelFree) {
    const given = await byExtension(material, target, turn, parts)
    if (given !== null) return given
    const summary = await summarise(material.said, turn, parts, line, target.needed)
    const summarised = summary === null ? null : firstGood(SUMMARISED, isGood, (rung) => withSummary(material, target, rung, summary))
    if (summarised !== null) return summarised
  }
  const cut = firstGood(CUT, isGood, (rung) => withoutModel(material, target, rung))
  if (cut === null) throw noRoom(pinnedTokens, target)
  return cut
}

function firstGood(rungs: readonly Rung[], isGood: (shortened: Shortened) => boolean, make: (rung: Rung) => Shortened): Shortened | null {
  for (const rung of rungs) {
    const shortened = make(rung)
    if (isGood(shortened)) return shortened
  }
  return null
}

/** What an extension makes of history; null when none does, or when it cannot be used, which is told by name. */
async function byExtension(
  { said, pinned }: Material,
  target: Target,
  turn: TurnContext,
  { contributors, recorder }: TurnParts,
): Promise<Shortened | null> {
  if (!contributors.has('compaction')) return null
  const { signal } = turn.scope
  const request = { items: said, pinned, targetTokens: target.tokens, estimate: tokensOf }
  const given = await raceSignal(contributors.intercept.compact(request, turnSite(turn, signal)), signal)
  if (given === null) return null
  try {
    const items = ownCopies(given.items, said)
    const problem = problemOf(items, { pinned, targetTokens: target.tokens })
    if (problem === null) return { items, message: '' }
    recorder.warn('compaction_rejected', `the history that extension ${given.by} made is not used: ${problem}`, given.by)
  } catch (error) {
    recorder.warn('compaction_rejected', `the history that extension ${given.by} made cannot be read: ${describeError(error)}`, given.by)
  }
  return null
}

/** Items of history stay what they are; others become plain data of ours, whoever still holds them. */
function ownCopies(items: readonly ResponseItem[], said: readonly ResponseItem[]): readonly ResponseItem[] {
  const known = new Set(said)
  // What came back from JSON is verified before it is trusted.
  return items.map((item) => (known.has(item) ? item : (JSON.parse(JSON.stringify(item)) as ResponseItem)))
}

function withSummary(material: Material, target: Target, rung: Rung, summary: string): Shortened {
  const text = rung.summaryShare === 1 ? summary : within(summary, Math.floor(target.tokens * rung.summaryShare))
  return replacementOf(material, keptTokens(rung, target.tokens - material.pinnedTokens), summaryText(text))
}

/** The newest summary there is still says most of what came before it. */
function withoutModel(material: Material, target: Target, rung: Rung): Shortened {
  const free = target.tokens - material.pinnedTokens
  const earlier = material.earlier === null || rung.summaryShare === 0 ? '' : summaryOf(material.earlier)
  const text = earlier === '' ? CUT_NOTE : `${within(earlier, Math.floor(free * rung.summaryShare))}\n\n${CUT_NOTE}`
  return replacementOf(material, keptTokens(rung, free), summaryText(text))
}

function keptTokens({ kept, keptShare }: Rung, free: number): number {
  return Math.min(kept, Math.floor(free * keptShare))
}

function noRoom(pinnedTokens: number, { tokens }: Target): TurnError {
  const why =
    pinnedTokens === 0
      ? `instructions and input that cannot be shortened leave room for ${Math.max(0, tokens)} tokens of history`
      : `pinned items alone hold about ${pinnedTokens} tokens, and there is room for ${Math.max(0, tokens)} in all`
  return new TurnError('compaction_failed', `history cannot be shortened: ${why}; use a model that takes more, or start a new thread`, {
    data: { pinnedTokens, targetTokens: tokens },
  })
}
